import { setImmediate } from 'node:timers/promises';
import type { ImageSource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

export interface FeaturesOfOptions {
  /** Default 256. */
  batchSize?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Rows of all images of a source, in batches, between which an interruption is seen.
 *
 * @returns `[source.length, D]`; the caller disposes it.
 */
export function featuresOf(
  source: ImageSource,
  embed: (images: Tensor4D) => Tensor2D,
  { batchSize, signal }: FeaturesOfOptions,
): Promise<Tensor2D> {
  const images = {
    length: source.length,
    shape: source.shape,
    async read(indices: ArrayLike<number>) {
      await setImmediate(); // where nothing else waits for the system, only this lets signals through
      return source.read(indices);
    },
  };
  return extractFeatures(embed, images, { batchSize, onProgress: () => signal?.throwIfAborted() });
}
