import type { HypercolumnOptions } from '@hcsc/backbones';
import { withHead } from '@hcsc/backbones';
import { ressl } from '@hcsc/data';
import { defineRecipe, normAndBias, sgd } from '@hcsc/train';
import { smallBudget, smallMocoLike } from '../small-bases.js';
import type { Direction } from './contexts.js';
import { cgh } from './method.js';
import { projectionsOf } from './projections.js';

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
      const contexts = directions.flatMap(({ teacher, student }) => [teacher, student]);
      const options = { rng: frame.rng, hidden: 128, units: 64, taps, splits: 4 };
      const sharpness = { student: 0.1, teacher: 0.04 };
      return cgh({
        ...frame,
        encoder,
        projections: contexts.includes('hypercolumn')
          ? projectionsOf(encoder, options)
          : { global: withHead(encoder, head) },
        directions,
        temperatures: { global: sharpness, hypercolumn: sharpness },
        warmupSteps: (epochs * stepsPerEpoch) / 4,
      });
    }),
    views: ressl({ size: 28, scale: [0.3, 1], jitter: { p: 1 } }),
    optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4, exclude: normAndBias }),
  });
