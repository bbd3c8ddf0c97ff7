import type { Rng } from '@hcsc/random';
import { div, scalar, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { ImageSource } from '../sources/image-source.js';

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
export interface LoaderOptions {
  /** Images per batch (per rank, where there are several). */
  batchSize: number;
  /** Gives the order: it depends on its seed and on the epoch, not on what was drawn from it. Needed to shuffle. */
  rng?: Rng;
  /** A new order each epoch. Default: true if `rng` is given. */
  shuffle?: boolean;
  /** Leave out the last batch of an epoch if it is not full. Default false. */
  dropLast?: boolean;
  /** Which part of every epoch to read, from 0. Default 0. */
  rank?: number;
  /** How many parts there are. Default 1. */
  size?: number;
}

/** Where to begin within an epoch. */
export interface BatchesOptions {
  /** The first batch to hand out, from 0. Default 0. */
  from?: number;
}

/** Batches of a source, epoch by epoch; see {@link loader}. */
export interface Loader {
  readonly batchesPerEpoch: number;
  /** The batches of one epoch. The next batch is read while the consumer works on the present one. */
  batches(epoch: number, options?: BatchesOptions): AsyncIterable<Batch>;
}

/**
 * Cuts a source into batches of float32 tensors.
 *
 * The order of an epoch is fixed by the seed of `rng` and the epoch, so that a run goes on exactly from any
 * `batches(epoch, { from })`. Part `rank` of `size` gets every `size`-th image of that order: with `dropLast` each part
 * is equally long (at most `size` − 1 images are left out); without, the parts hold every image once.
 *
 * @throws RangeError for a batch size, rank or size that is not a fitting integer, or if `dropLast` leaves no batch.
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
export function loader(
  source: ImageSource,
  { batchSize, rng, shuffle = rng !== undefined, dropLast = false, rank = 0, size = 1 }: LoaderOptions,
): Loader {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot load batches of ${batchSize} images: give an integer of at least 1`);
  }
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(rank) || rank < 0 || rank >= size) {
    throw new RangeError(`Cannot load part ${rank} of ${size}: rank is an integer from 0 to size - 1`);
  }
  if (shuffle && !rng) throw new TypeError('Cannot shuffle without a source of randomness: give rng: createRng(seed)');
  const images = dropLast ? Math.floor(source.length / size) : Math.ceil((source.length - rank) / size);
  const batchesPerEpoch = dropLast ? Math.floor(images / batchSize) : Math.ceil(images / batchSize);
  if (batchesPerEpoch === 0) {
    const part = size > 1 ? `part ${rank} of ${size} of ` : '';
    throw new RangeError(
      `Cannot fill a batch of ${batchSize} from ${part}${source.name}: that is ${images} images, give a smaller batchSize${dropLast ? ' or dropLast: false' : ''}`,
    );
  }

  function orderOf(epoch: number): Int32Array {
    const all = shuffle
      ? rng!.fork(`order of epoch ${epoch}`).permutation(source.length)
      : Int32Array.from({ length: source.length }, (_, i) => i);
    return size === 1 ? all.subarray(0, images) : Int32Array.from({ length: images }, (_, i) => all[rank + i * size]!);
  }

  async function* run(order: Int32Array, from: number): AsyncGenerator<Batch, void, undefined> {
    const read = (index: number) => {
      const indices = order.slice(index * batchSize, (index + 1) * batchSize);
      const bytes = source.read(indices);
      bytes.catch(() => {}); // heard where it is awaited; a consumer that has left does not want to know
      return { index, indices, bytes };
    };
    let ahead = from < batchesPerEpoch ? read(from) : undefined;
    while (ahead) {
      const { index, indices, bytes } = ahead;
      const pixels = await bytes;
      ahead = index + 1 < batchesPerEpoch ? read(index + 1) : undefined;
      yield toBatch(source, index, indices, pixels);
    }
  }

  return {
    batchesPerEpoch,
    batches(epoch, { from = 0 } = {}) {
      if (!Number.isInteger(epoch) || epoch < 0) {
        throw new RangeError(`Cannot load epoch ${epoch}: give an integer of at least 0`);
      }
      if (!Number.isInteger(from) || from < 0 || from > batchesPerEpoch) {
        throw new RangeError(`Cannot start at batch ${from}: an epoch has batches 0 to ${batchesPerEpoch - 1}`);
      }
      return run(orderOf(epoch), from);
    },
  };
}

function toBatch(source: ImageSource, index: number, indices: Int32Array, pixels: Uint8Array): Batch {
  const images = toImages(pixels, indices.length, source);
  const labels = source.labels && Int32Array.from(indices, (i) => source.labels![i]!);
  return { images, indices, labels, index, dispose: () => images.dispose() };
}

/** Bytes of `n` images as float32 in [0, 1]. */
function toImages(pixels: Uint8Array, n: number, { name, shape }: ImageSource): Tensor4D {
  const expected = n * shape[0] * shape[1] * shape[2];
  if (pixels.length !== expected) {
    throw new RangeError(
      `Cannot make a batch of ${name}: ${n} images of [${shape}] are ${expected} bytes, but read() gave ${pixels.length}`,
    );
  }
  return tidy(() => div(tensor4d(new Float32Array(pixels), [n, ...shape]), scalar(255)) as Tensor4D);
}
