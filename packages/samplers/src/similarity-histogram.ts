import type { Rng } from '@hcsc/random';
import { tensor2d } from '@tensorflow/tfjs-core';
import { createBreath } from './breathe.js';
import { readFeatures } from './mining-features.js';
import { BLOCK_SIZE } from './mining-options.js';
import type { MiningRequest } from './positive-miner.js';
import { visitSimilarities } from './visit-similarities.js';

/** Options of {@link similarityHistogram}. */
export interface SimilarityHistogramOptions extends Pick<MiningRequest, 'signal' | 'onProgress'> {
  /** Bins of equal width from −1 to 1; default 200, so that SPPS's 0.97 and 0.99 are edges. */
  bins?: number;
  /** If there are more images, so many of them are compared with each other; default 4096. */
  images?: number;
  /** Draws these; without it they are spread evenly over the set. */
  rng?: Rng;
  /** Images that are compared with as many others at a time; memory is O(blockSize²). Default 1024. */
  blockSize?: number;
}

/** How many pairs are how similar. */
export interface SimilarityHistogram {
  /** `[bins + 1]`: a bin goes from its edge to the next, the last one's end included. */
  edges: Float64Array;
  /** `[bins]`: pairs by their cosine. */
  counts: Float64Array;
  /** How many images were compared with each other, m: m (m − 1) / 2 pairs. */
  images: number;
  /** Whether these are a sample of more. */
  sampled: boolean;
}

/**
 * Counts the cosines of all pairs of images, or of all pairs of a sample of them.
 *
 * Cosines are those of the device: one next to an edge may be counted beyond it.
 *
 * @param features `[N, D]` float32, L2-normalised, as for a miner; not disposed.
 * @throws RangeError unless `bins` and `blockSize` are integers of at least 1, and `images` one of at least 2 or Infinity.
 * Rejects for features as a {@link PositiveMiner} does, and with the signal's reason; nothing stays allocated on the device.
 *
 * @example
 * ```ts
 * const { edges, counts } = await similarityHistogram(features);
 * counts.forEach((count, bin) => console.log(edges[bin]!.toFixed(2), count));
 * ```
 */
export async function similarityHistogram(
  features: MiningRequest['features'],
  { bins = 200, images: most = 4096, rng, blockSize = BLOCK_SIZE, signal, onProgress }: SimilarityHistogramOptions = {},
): Promise<SimilarityHistogram> {
  const task = 'count similarities';
  for (const [name, value, least] of [
    ['bins', bins, 1],
    ['images', most === Infinity ? 2 : most, 2],
    ['blockSize', blockSize, 1],
  ] as const) {
    if (!(Number.isSafeInteger(value) && value >= least)) {
      throw new RangeError(`Cannot ${task}: needed ${name} as an integer of at least ${least}, got ${value}`);
    }
  }
  const breathe = createBreath(signal, onProgress);
  await breathe(0);
  const { n, width, unit } = await readFeatures(task, features);
  const images = Math.min(n, most);
  const chosen =
    rng && images < n
      ? rng.permutation(n).subarray(0, images).sort()
      : Float64Array.from({ length: images }, (_, at) => Math.floor((at * n) / images));
  const counts = new Float64Array(bins);
  const rows = tensor2d(unit(chosen), [images, width]);
  try {
    await visitSimilarities(rows, blockSize, breathe, (_i, _j, similarity) => {
      counts[Math.min(Math.max(Math.floor(((similarity + 1) / 2) * bins), 0), bins - 1)]!++;
    });
  } finally {
    rows.dispose();
  }
  await breathe(1);
  const edges = Float64Array.from({ length: bins + 1 }, (_, edge) => (2 * edge) / bins - 1);
  return { edges, counts, images, sampled: images < n };
}
