import { dispose, div, scalar, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { ImageSource } from '../sources/image-source.js';
import { type BatchImages, batchImages } from './batch-images.js';
import { type BatchesOptions, type BatchIndices, epochOrder, type OrderOptions } from './epoch-order.js';
import { assertPrefetch, readAhead } from './read-ahead.js';

/** Images of one step, on the device; the consumer disposes it. */
export interface Batch {
  /** `[n, height, width, channels]` float32 in [0, 1]: byte / 255. */
  readonly images: Tensor4D;
  /**
   * The second image of each item of a source of pairs, as `images` has the first; null for all other sources. What a plan
   * makes the second view of: `plan.apply([batch.images, batch.second], rng)`.
   */
  readonly second: Tensor4D | null;
  /** Where each image, or item of a source of pairs, is in the source. */
  readonly indices: Int32Array;
  /** The class of each image, or null if the source has no labels. */
  readonly labels: Int32Array | null;
  /** Which batch of the epoch this is, from 0. */
  readonly index: number;
  /** Frees `images` and `second`. */
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
 * is equally long (at most `size` − 1 images are left out); without, the parts hold every image once. What is said here of
 * images holds for the items of a source of pairs.
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
        const images = batchImages(source, which.indices);
        return { which, images, pixels: await images.of.read(images.images) };
      };
      return toBatches(source, readAhead(from, order.batchesPerEpoch, prefetch, read));
    },
  };
}

/** The class of each image, or null if the source has no labels. */
export function labelsOf({ labels }: ImageSource, indices: Int32Array): Int32Array | null {
  return labels && indices.map((index) => labels[index]!);
}

interface ReadBatch {
  readonly which: BatchIndices;
  readonly images: BatchImages;
  readonly pixels: Uint8Array;
}

async function* toBatches(source: ImageSource, read: AsyncIterable<ReadBatch>): AsyncGenerator<Batch, void, undefined> {
  for await (const { which, images, pixels } of read) {
    const { index, indices } = which;
    assertPixels(pixels, images.images.length, images.of);
    const tensors = tidy(() => membersOf(images, pixels, indices.length).map((each) => toImages(each, source.shape)));
    const labels = labelsOf(source, indices);
    yield { images: tensors[0]!, second: tensors[1] ?? null, indices, labels, index, dispose: () => dispose(tensors) };
  }
}

/** The bytes of the first image of each of `n` rows and, of pairs, those of the second. */
function membersOf({ images, partners }: BatchImages, pixels: Uint8Array, n: number): Uint8Array[] {
  const size = pixels.length / images.length;
  const first = pixels.subarray(0, n * size);
  if (!partners) return [first];
  const second = first.slice();
  for (const [i, row] of partners.entries()) {
    second.set(pixels.subarray((n + i) * size, (n + i + 1) * size), row * size);
  }
  return [first, second];
}

/** Bytes of images as float32 in [0, 1]. */
function toImages(pixels: Uint8Array, shape: ImageSource['shape']): Tensor4D {
  const n = pixels.length / (shape[0] * shape[1] * shape[2]);
  return div(tensor4d(new Float32Array(pixels), [n, ...shape]), scalar(255)) as Tensor4D;
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
