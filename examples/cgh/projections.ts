import { type HypercolumnOptions, hypercolumn, mlp, withHead } from '@hcsc/backbones';
import type { Rng } from '@hcsc/random';
import type { LayersModel } from '@tensorflow/tfjs-layers';

export interface ProjectionsOptions {
  rng: Rng;
  /** Of both projection heads, which have one hidden layer. Paper: 4096 and 512. */
  hidden: number;
  units: number;
  /** Stages of the hypercolumn. Paper: stage3 and stage4. */
  taps?: HypercolumnOptions['taps'];
  /** Parts of a batch that the hypercolumn's batch norm takes statistics of. Official code: 1, whatever the backbone has. */
  splits?: number;
}

/** The global and the hypercolumn features of a backbone, each through a projection head of its own. */
export function projectionsOf(encoder: LayersModel, { rng, hidden, units, taps, splits = 1 }: ProjectionsOptions) {
  const columns = hypercolumn(encoder, { taps, batchNorm: { splits }, rng: rng.fork('columns') });
  return {
    global: withHead(encoder, mlp({ hidden, units, rng: rng.fork('head') })),
    hypercolumn: withHead(columns, mlp({ hidden, units, rng: rng.fork('projector'), name: 'projector' })),
  };
}
