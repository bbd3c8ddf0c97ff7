import type { HypercolumnOptions } from '@hcsc/backbones';
import { hypercolumn, mlp, withHead } from '@hcsc/backbones';
import { ressl } from '@hcsc/data';
import { defineRecipe, normAndBias, sgd } from '@hcsc/train';
import { smallBudget, smallMocoLike } from '../small-bases.js';
import type { Direction } from './contexts.js';
import { cgh } from './method.js';

/** Who learns from whom in a small CGH, and of what. */
export interface SmallCgh {
  readonly directions: readonly Direction[];
  /** Stages of the hypercolumn; default those of the paper. */
  readonly taps?: HypercolumnOptions['taps'];
}

export const toHypercolumn: Direction = { teacher: 'global', student: 'hypercolumn' };
export const toGlobal: Direction = { teacher: 'hypercolumn', student: 'global' };
/** ReSSL's. */
export const fromItself: Direction = { teacher: 'global', student: 'global' };

/** CGH, or one direction of it, with the network, budget, rate, momentum and queue of the small MoCo v2. */
export const smallCgh = (name: string, { directions, taps }: SmallCgh) =>
  defineRecipe({
    ...smallMocoLike(name, smallBudget, ({ encoder, head, ...frame }, { epochs, stepsPerEpoch }) => {
      const { rng } = frame;
      const contexts = directions.flatMap(({ teacher, student }) => [teacher, student]);
      const local = () =>
        withHead(
          hypercolumn(encoder, { taps, batchNorm: { splits: 4 }, rng: rng.fork('columns') }),
          mlp({ hidden: 128, units: 64, rng: rng.fork('projector'), name: 'projector' }),
        );
      const sharpness = { student: 0.1, teacher: 0.04 };
      return cgh({
        ...frame,
        encoder,
        projections: {
          global: withHead(encoder, head),
          ...(contexts.includes('hypercolumn') && { hypercolumn: local() }),
        },
        directions,
        temperatures: { global: sharpness, hypercolumn: sharpness },
        warmupSteps: (epochs * stepsPerEpoch) / 4,
      });
    }),
    views: ressl({ size: 28, scale: [0.3, 1], jitter: { p: 1 } }),
    optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4, exclude: normAndBias }),
  });
