import { infoNCE } from '@hcsc/losses';
import type { Method } from '@hcsc/train';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type MocoFrameOptions, mocoFrame } from '../moco-frame.js';

export interface MocoOptions extends MocoFrameOptions {
  /** Paper: 0.2. */
  temperature?: number;
}

/** MoCo v2 (arXiv 2003.04297): each query has one positive key, and a queue of past keys as negatives. */
export function moco({ temperature = 0.2, ...options }: MocoOptions): Method<{ keys: Tensor2D; keep?: Tensor2D }> {
  const frame = mocoFrame(options);
  const { queue } = frame;
  return {
    name: 'moco-v2',
    views: 2,
    encoder: options.encoder,
    parameters: frame.parameters,
    options: { momentum: options.momentum, queue: queue.size, dim: queue.dim, temperature },
    embed: frame.embed,
    beforeStep: frame.beforeStep,
    targets: ([, second], { indices, rng }) => ({
      keys: frame.encodeKey(second!, rng.fork('shuffle')),
      keep: frame.keepStrangers(indices),
    }),
    loss([first], { keys, keep }) {
      const queries = frame.encodeQuery(first!);
      const total = infoNCE(queries, keys, queue.keys, { temperature, keep, check: false });
      return { total, parts: frame.similarities(queries, keys), features: queries };
    },
    afterStep: ({ keys }, { keyIndices }) => frame.enqueue(keys, keyIndices),
    figures: frame.figures,
    state: frame.state,
    restore: frame.restore,
    dispose: frame.dispose,
  };
}
