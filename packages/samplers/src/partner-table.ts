import { type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import type { MinedPairs } from './positive-miner.js';

/** Every image's partners, on the device; made by {@link partnerTable}. */
export interface PartnerTable {
  /** N. */
  readonly images: number;
  /** The largest number of partners that an image has. */
  readonly most: number;
  /** `[N + 1]` int32: where the partners of each image begin, and where the last end. */
  readonly starts: Tensor1D;
  /** The partners of image 0 in rising order, then those of image 1, …; int32, a single −1 if there are none. */
  readonly partners: Tensor1D;
  /** Frees both tensors. */
  dispose(): void;
}

/**
 * Makes a table of every image's partners out of pairs: to look up on the device which images of a batch belong together.
 *
 * Being a partner is mutual, whichever way a pair was mined, and not passed on: a partner's partner is none.
 *
 * @param mined What a miner found.
 * @returns The table, 4·(N + 1 + 2P) bytes; the caller disposes it.
 * @throws RangeError if a pair names an image outside of 0 … N − 1, or the same one twice.
 *
 * @example
 * ```ts
 * const partners = partnerTable(await semanticPairs().mine({ features }));
 * const positives = batchPositives(batch.indices, partners);
 * ```
 */
export function partnerTable({ images, pairs }: Pick<MinedPairs, 'images' | 'pairs'>): PartnerTable {
  const isImage = (i: number) => i >= 0 && i < images;
  // Each pair both ways, as one number that sorts by the image and then by its partner.
  const codes = new Float64Array(pairs.length);
  for (let at = 0; at < pairs.length; at += 2) {
    const [i, j] = [pairs[at]!, pairs[at + 1]!];
    if (i === j || !isImage(i) || !isImage(j)) {
      throw new RangeError(
        `Cannot make a table of partners: needed pairs of two images from 0 to ${images - 1}, got (${i}, ${j}) at ${at / 2}`,
      );
    }
    codes[at] = i * images + j;
    codes[at + 1] = j * images + i;
  }
  const sorted = codes.sort().filter((code, at, all) => code !== all[at - 1]);
  const starts = new Int32Array(images + 1);
  for (const code of sorted) starts[Math.floor(code / images) + 1]!++;
  const most = starts.reduce((max, count) => Math.max(max, count), 0);
  for (let i = 0; i < images; i++) starts[i + 1]! += starts[i]!;
  const partners = Int32Array.from(sorted, (code) => code % images);
  const tensors = [tensor1d(starts, 'int32'), tensor1d(partners.length > 0 ? partners : [-1], 'int32')] as const;
  return {
    ...{ images, most, starts: tensors[0], partners: tensors[1] },
    dispose() {
      for (const tensor of tensors) tensor.dispose();
    },
  };
}
