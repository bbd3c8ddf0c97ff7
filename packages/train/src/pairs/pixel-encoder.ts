import { rawPixels } from '@hcsc/eval';
import type { MiningEncoder } from './mining-encoder.js';

/**
 * No encoder: images are as alike as their pixels are, normalised as the recipe shows them. The baseline of encoders.
 *
 * @example
 * ```ts
 * const pairs = minedPairs({ encoder: pixelEncoder(), miner: semanticPairs({ target: 5000 }) });
 * ```
 */
export function pixelEncoder(): MiningEncoder {
  return Object.freeze<MiningEncoder>({
    name: 'pixels',
    options: Object.freeze({}),
    open: async () => ({ embed: rawPixels, dispose() {} }),
  });
}
