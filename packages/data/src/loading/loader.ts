import { div, scalar, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { ImageSource } from '../sources/image-source.js';
import { type BatchesOptions, type BatchIndices, epochOrder, type OrderOptions } from './epoch-order.js';
import { assertPrefetch, readAhead } from './read-ahead.js';

/** Images of one step, on the device; the consumer disposes it. */
export interface Batch {
  /** `[n, height, width, channels]` float32 in [0, 1]: byte / 255. */
  readonly images: Tensor4D;
  /** Where each image is in the source. */
  readonly indices: Int32Array;
  /** The class of each image, or null if the source has no labels. */
  readonly labels: Int32Array | null;
  /** Which batch of the epoch this is, from 0. */
  readonly index: number;
  /** Frees `images`. */
  dispose(): void;
}

/** Options of {@link loader}. */
export interface LoaderOptions extends OrderOptions {
  /** How many batches are read ahead, as bytes. Default 1. */
  prefetch?: number;
}

/** Batches of a source, epoch by epoch; see {@link loader}. */
export interface Loader {
  readonly batchesPerEpoch: number;
  /** The batches of one epoch. The next are read while the consumer works on the present one. */
  batches(epoch: number, options?: BatchesOptions): AsyncIterable<Batch>;
}

/**
 * Cuts a source into batches of float32 tensors.
 *
 * The order of an epoch is fixed by the seed of `rng` and the epoch, so that a run goes on exactly from any
 * `batches(epoch, { from })`. Part `rank` of `size` gets every `size`-th image of that order: with `dropLast` each part
 * is equally long (at most `size` − 1 images are left out); without, the parts hold every image once.
 *
 * @throws RangeError for a batch size, rank, size or prefetch that is not a fitting integer, or if `dropLast` leaves no
 *   batch.
 * @throws TypeError if `shuffle` is asked for without `rng`.
 *
 * @example
 * ```ts
 * const batches = loader(source, { batchSize: 64, rng: createRng(0), dropLast: true });
 * for await (const batch of batches.batches(epoch)) {
 *   // ... batch.images, batch.labels ...
 *   batch.dispose();
 * }
 * ```
 */
export function loader(source: ImageSource, { prefetch = 1, ...options }: LoaderOptions): Loader {
  assertPrefetch(prefetch);
  const order = epochOrder(source, options);
  return {
    batchesPerEpoch: order.batchesPerEpoch,
    batches(epoch, options) {
      const { from, batch } = order.epoch(epoch, options);
      const read = async (index: number) => {
        const which = batch(index);
        return { which, pixels: await source.read(which.indices) };
      };
      return toBatches(source, readAhead(from, order.batchesPerEpoch, prefetch, read));
    },
  };
}

/** The class of each image, or null if the source has no labels. */
export function labelsOf({ labels }: ImageSource, indices: Int32Array): Int32Array | null {
  return labels && indices.map((index) => labels[index]!);
}

async function* toBatches(
  source: ImageSource,
  read: AsyncIterable<{ which: BatchIndices; pixels: Uint8Array }>,
): AsyncGenerator<Batch, void, undefined> {
  for await (const { which, pixels } of read) {
    const { index, indices } = which;
    const images = toImages(pixels, indices.length, source);
    yield { images, indices, labels: labelsOf(source, indices), index, dispose: () => images.dispose() };
  }
}

/** Bytes of `n` images as float32 in [0, 1]. */
function toImages(pixels: Uint8Array, n: number, source: ImageSource): Tensor4D {
  assertPixels(pixels, n, source);
  return tidy(() => div(tensor4d(new Float32Array(pixels), [n, ...source.shape]), scalar(255)) as Tensor4D);
}

/** Throws a RangeError unless these are the bytes of `n` images of a source. */
export function assertPixels(pixels: Uint8Array, n: number, { name, shape }: ImageSource): void {
  const expected = n * shape[0] * shape[1] * shape[2];
  if (pixels.length !== expected) {
    throw new RangeError(
      `Cannot make a batch of ${name}: ${n} images of [${shape}] are ${expected} bytes, but read() gave ${pixels.length}`,
    );
  }
}
