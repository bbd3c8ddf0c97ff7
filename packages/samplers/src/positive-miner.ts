import type { Hierarchy, PointMatrix } from '@hcsc/kmeans';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** What a miner is asked: which images of a set are positives of each other. */
export interface MiningRequest {
  /**
   * The images' features, L2-normalised: `[N, D]` float32, or the same rows in a typed array. They must not change until the
   * call has settled, and are not disposed.
   */
  readonly features: Tensor2D | PointMatrix;
  /** What the features were clustered into, for miners that go by prototypes. */
  readonly hierarchy?: Pick<Hierarchy, 'levels'>;
  /** Stops the work: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with the share of the work that is done: it rises from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Positive pairs, in the order that their miner names. */
export interface MinedPairs {
  /** N, of how many images. */
  readonly images: number;
  /** `[2P]`: the two images of each pair, one pair after the other; as a tensor `tensor2d(pairs, [P, 2], 'int32')`. */
  readonly pairs: Int32Array;
  /** `[P]`: the cosine of each pair. */
  readonly similarities: Float32Array;
  /** `[2Q]`: pairs that are too alike to be anything but the same image twice, where the miner looks for them. */
  readonly duplicates: Int32Array;
  /** Between which cosines pairs were looked for, where the miner goes by them. */
  readonly thresholds?: { readonly lower: number; readonly upper: number };
}

/**
 * Finds pairs of different images that count as positives.
 *
 * Miners reject with a TypeError or RangeError for features that are no float32 rows, fewer than 2 of them, not finite, or
 * not of unit length; nothing stays allocated on the device, also when they are stopped.
 */
export interface PositiveMiner {
  /** A name for logs and tables. */
  readonly name: string;
  /**
   * What decides on the pairs, defaults included, as plain JSON: of the same features and hierarchy, miners of the same name
   * and options find the same pairs. Without it nobody can tell, and pairs that were kept are mined anew.
   */
  readonly options?: Readonly<Record<string, unknown>>;
  mine(request: MiningRequest): Promise<MinedPairs>;
}
