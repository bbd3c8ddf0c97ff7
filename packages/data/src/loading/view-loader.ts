import type { Rng, RngState } from '@hcsc/random';
import { dispose, getBackend, slice, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { ImageSource } from '../sources/image-source.js';
import type { HostStep, Size } from '../transforms/host-step.js';
import { splitPlan } from '../views/split-plan.js';
import type { ViewPlan } from '../views/view.js';
import { batchImages } from './batch-images.js';
import { type BatchesOptions, type BatchIndices, epochOrder, type OrderOptions } from './epoch-order.js';
import { type ImageWorkers, imageWorkers } from './image-workers.js';
import { assertPixels, labelsOf } from './loader.js';
import { assertPrefetch, readAhead } from './read-ahead.js';
import { type BatchToRender, renderBatch } from './render-batch.js';
import type { ImagePart } from './render-task.js';
import { sizeAfter } from './view-size.js';

/** The views of one step, on the device; the consumer disposes it. */
export interface ViewBatch {
  /**
   * One `[n, height, width, channels]` float32 tensor for each view, as far as workers have made it. Of a source of pairs,
   * the second view is made of the second images, all others of the first.
   */
  readonly views: readonly Tensor4D[];
  /** Where each image, or item of a source of pairs, is in the source. */
  readonly indices: Int32Array;
  /** The class of each image, or null if the source has no labels. */
  readonly labels: Int32Array | null;
  /** Which batch of the epoch this is, from 0. */
  readonly index: number;
  /** Frees `views`. */
  dispose(): void;
}

/** Options of {@link viewLoader}. */
export interface ViewLoaderOptions extends OrderOptions {
  /** Gives the order, and every view's random parameters: both depend on its seed and the epoch only. */
  rng: Rng;
  /** Threads that decode and make views. Default: as many as the machine has processors. */
  workers?: number;
  /** How many batches are made ahead; each takes the memory of its views. Default 2. */
  prefetch?: number;
}

/** Batches of views, epoch by epoch; see {@link viewLoader}. */
export interface ViewLoader {
  readonly batchesPerEpoch: number;
  /** What is left to do on the device: `plan.apply(batch.views, rng)`. Without own transforms, nothing. */
  readonly plan: ViewPlan;
  /** The batches of one epoch. The next are made while the consumer works on the present one. */
  batches(epoch: number, options?: BatchesOptions): AsyncIterable<ViewBatch>;
}

/**
 * Makes the views of a source's images on worker threads, where images of different sizes are decoded as well.
 *
 * The transforms of this package are done by the workers, an image at a time, up to the first of a view that is not of
 * this package; that and what follows is left to `plan`. Images of a folder keep their own size until a view's first
 * crop; a view that does not begin with one gets them as the source's `read` does.
 *
 * Order and random parameters depend on the seed of `rng`, the epoch and the image's place in the order: they are the
 * same for any number of workers and ranks, and from any `from`. A worker that dies is replaced and its images are done
 * again.
 *
 * The second view of an item of a source of pairs is made of its second image, with a random stream of its own as always;
 * an image that is both is decoded once.
 *
 * @throws RangeError and TypeError as `loader` does, and RangeError for a number of workers that is no positive integer,
 *   a view that no image of the source can be put through, or a plan of one view for a source of pairs.
 *
 * @example
 * ```ts
 * const batches = viewLoader(source, mocoV2({ size: 224 }), { batchSize: 64, rng: createRng(0), dropLast: true });
 * for await (const batch of batches.batches(epoch)) {
 *   const [query, key] = batch.views; // [64, 224, 224, 3] each
 *   // ...
 *   batch.dispose();
 * }
 * ```
 */
export function viewLoader(
  source: ImageSource,
  plan: ViewPlan,
  { workers, prefetch = 2, ...options }: ViewLoaderOptions,
): ViewLoader {
  assertPrefetch(prefetch);
  if (!options.rng) throw new TypeError('Cannot draw views without a source of randomness: give rng: createRng(seed)');
  const order = epochOrder(source, options);
  const threads = imageWorkers(workers);
  const { host, device } = splitPlan(plan);
  if (source.paired && host.length < 2) {
    throw new RangeError(
      `Cannot show both images of the pairs of ${source.name} in one view: give a plan of two or more, or its images, source.paired.of`,
    );
  }
  const { originals, shape } = source.paired?.of ?? source;
  const channels = originals?.channels ?? shape[2];
  const given = originals ? null : ([shape[0], shape[1]] as const);
  const views = host.map((steps) => viewOf(steps, channels, given, originals?.steps ?? []));
  return {
    batchesPerEpoch: order.batchesPerEpoch,
    plan: device,
    batches(epoch, batchesOptions) {
      const { from, batch } = order.epoch(epoch, batchesOptions);
      const rng = options.rng.fork(`views of epoch ${epoch}`).state();
      const buffers = new Buffers();
      const read = async (index: number) => {
        const which = batch(index);
        const n = which.indices.length;
        const images = originals ? 0 : source.paired ? 2 * n : n;
        const memory = buffers.take(n, views, channels, images * shape[0] * shape[1]);
        await render(source, which, rng, views, memory, threads);
        return { which, memory };
      };
      return toBatches(source, views, channels, buffers, readAhead(from, order.batchesPerEpoch, prefetch, read));
    },
  };
}

interface View {
  readonly steps: readonly HostStep[];
  readonly size: Size;
}

function viewOf(steps: readonly HostStep[], channels: number, from: Size | null, toOneSize: readonly HostStep[]): View {
  const size = sizeAfter(steps, channels, from);
  if (size) return { steps, size };
  const all = [...toOneSize, ...steps];
  return { steps: all, size: sizeAfter(all, channels, null)! };
}

/** Shared memory, for what `n` images take. */
function sharedMemory(bytes: number, n: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (cause) {
    throw new RangeError(
      `Cannot hold the views of ${n} images: a batch takes ${Math.ceil(bytes / 2 ** 20)} MiB of shared memory, give a smaller batchSize, prefetch or views`,
      { cause },
    );
  }
}

/** The shared memory of one batch. */
interface BatchMemory {
  readonly output: SharedArrayBuffer;
  readonly pixels: SharedArrayBuffer;
}

/** Memory that goes from batch to batch. */
class Buffers {
  private readonly free: BatchMemory[] = [];

  /** For `n` rows of each view, and for so many pixels to make them of. */
  take(n: number, views: readonly View[], channels: number, pixels: number): BatchMemory {
    const elements = views.reduce((sum, { size }) => sum + n * size[0] * size[1] * channels, 0);
    const memory = this.free.pop();
    if (memory && memory.output.byteLength >= 4 * elements) return memory; // the last batch may be shorter
    return {
      output: sharedMemory(4 * elements, n),
      pixels: sharedMemory(pixels * channels, n),
    };
  }

  give(memory: BatchMemory): void {
    this.free.push(memory);
  }
}

async function render(
  source: ImageSource,
  { indices, positions }: BatchIndices,
  rng: RngState,
  views: readonly View[],
  { output, pixels }: BatchMemory,
  workers: ImageWorkers,
): Promise<void> {
  const { of, images, partners } = batchImages(source, indices);
  let from: BatchToRender['from'];
  if (of.originals) {
    from = { originals: of.originals, indices: images };
  } else {
    const bytes = await of.read(images);
    assertPixels(bytes, images.length, of);
    new Uint8Array(pixels).set(bytes);
    from = { pixels, offset: 0, shape: of.shape };
  }
  const batch: BatchToRender = { from, positions, rng, views, format: 'float32', output };
  await renderBatch(workers, partners ? { ...batch, ...partsOfPairs(partners, positions, views.length) } : batch);
}

/** Has the second view of the rows in `partners` made of the images that follow, one for each; and all else of the first. */
function partsOfPairs(partners: Int32Array, positions: Int32Array, views: number) {
  const all = Array.from({ length: views }, (_, view) => view);
  const allButSecond = all.filter((view) => view !== 1);
  const withPartner = new Set(partners);
  const first = Array.from(positions.keys(), (row) => ({ row, views: withPartner.has(row) ? allButSecond : all }));
  const second = Array.from(partners, (row) => ({ row, views: [1] }));
  const parts: readonly ImagePart[] = [...first, ...second];
  return { positions: Int32Array.from(parts, ({ row }) => positions[row]!), rows: positions.length, parts };
}

async function* toBatches(
  source: ImageSource,
  views: readonly View[],
  channels: number,
  buffers: Buffers,
  rendered: AsyncIterable<{ which: BatchIndices; memory: BatchMemory }>,
): AsyncGenerator<ViewBatch, void, undefined> {
  for await (const { which, memory } of rendered) {
    const { index, indices } = which;
    let offset = 0;
    const tensors = tidy(() =>
      views.map(({ size }) => {
        const shape = [indices.length, ...size, channels] as const;
        const elements = shape.reduce((product, length) => product * length, 1);
        const values = new Float32Array(memory.output, 4 * offset, elements);
        offset += elements;
        return ownTensor(values, [...shape]);
      }),
    );
    buffers.give(memory);
    yield { views: tensors, indices, labels: labelsOf(source, indices), index, dispose: () => dispose(tensors) };
  }
}

/** A tensor with a copy of values from shared memory. */
function ownTensor(values: Float32Array, shape: [number, number, number, number]): Tensor4D {
  switch (getBackend()) {
    case 'wasm': // copies what it is given
      return tensor4d(values, shape);
    case 'tensorflow': // copies when the tensor is first used: now
      return tidy(() => slice(tensor4d(values, shape), [0, 0, 0, 0]));
    default: // keeps what it is given
      return tensor4d(values.slice(), shape);
  }
}
