import type { TensorContainer } from '@tensorflow/tfjs-core';
import { growingArray } from './growing-array.js';
import { disposeItem, type ImageItem, type ItemReader, imageOf, labelOf } from './image-item.js';
import { assertIndices, type ImageSource } from './image-source.js';
import { type ImageStore, storeInFile, storeInMemory } from './image-store.js';

/** A `tf.data.Dataset`, or anything else that makes an iterator when asked for one. */
export interface IterableDataset {
  iterator(): Promise<{ next(): Promise<IteratorResult<TensorContainer>> }>;
}

/** Options of {@link fromIterable}. */
export interface FromIterableOptions {
  /** `[height, width, channels]` that every image must have. Default: those of the first. */
  shape?: readonly [height: number, width: number, channels: number];
  /** The name of class 0, 1, …; every label must have one. Default null. */
  classes?: readonly string[] | null;
  /** What to call the source in logs and errors. Default `'images from an iterable'`. */
  name?: string;
  /** Stop after so many images, for a stream without an end. Default: take all. */
  limit?: number;
  /** The most bytes to hold in memory; more are refused. Default 4 GiB. */
  maxBytes?: number;
  /**
   * A file for the images' bytes, for more than fits in memory: they are written to it as they come, and read from it by
   * index afterwards. A file of that name is replaced when all images have been taken. The file stays; delete it when
   * the source is no longer used. Default: none.
   */
  spool?: string;
}

const MAX_BYTES = 4 * 2 ** 30;

/**
 * Takes images from an iterable, an async iterable or a `tf.data.Dataset`, as a source that can be read at any index.
 *
 * An item is an image, `{ image, label }`, or `{ xs, ys }` as tf.data has it; all have a label or none. An image is a
 * `Tensor3D` `[height, width, channels]`, int32 with values 0 to 255 or float32 with values 0 to 1, or
 * `{ data, width, height, channels }` with bytes row by row. A label is a number or a tensor of one number. All images
 * are of one size. Everything is taken before the promise resolves: one pass, in order.
 *
 * **Memory.** The tensors of an item are disposed once it has been read, also when it is refused: the iterable hands them
 * over, as tf.data does. If an item is refused, or `limit` is reached, the iterator's `return()` is called where there is
 * one (tf.data has none: prefer its `take(n)` to `limit` where it prefetches).
 *
 * @throws RangeError (the promise rejects) for an image of another size, a value or label out of range, some labels
 *   missing, no image at all, or more bytes than `maxBytes`; TypeError for an item that is no image. It names the first
 *   item at fault. What the iterable throws is passed on.
 *
 * @example
 * ```ts
 * const source = await fromIterable(tf.data.generator(photos).take(1000));
 * const large = await fromIterable(frames(), { limit: 100_000, spool: 'frames.bin' });
 * ```
 */
export async function fromIterable(
  items: Iterable<ImageItem> | AsyncIterable<ImageItem> | IterableDataset,
  {
    shape,
    classes = null,
    name = 'images from an iterable',
    limit = Number.POSITIVE_INFINITY,
    maxBytes = MAX_BYTES,
    spool,
  }: FromIterableOptions = {},
): Promise<ImageSource> {
  if (!(limit >= 1) || (Number.isFinite(limit) && !Number.isInteger(limit))) {
    throw new RangeError(`Cannot take ${limit} images from ${name}: limit must be an integer of at least 1`);
  }
  if (!(maxBytes >= 1)) throw new RangeError(`Cannot hold ${maxBytes} bytes of ${name}: maxBytes must be at least 1`);
  const reader: ItemReader = { name, classes, shape: shape && checkedShape(name, shape) };
  const iterator = await iteratorOf(items, name);
  const labels = growingArray(Int32Array);
  let store: ImageStore | undefined;
  let count = 0;
  let ended = false;
  try {
    while (count < limit) {
      ended = true; // an iterator that throws has ended
      const { done, value } = await iterator.next();
      if (done) break;
      ended = false;
      try {
        const image = await imageOf(reader, count, value);
        reader.shape ??= image.shape;
        const label = await labelOf(reader, count, value);
        if (count > 0 && (label === null) !== (labels.length === 0)) refuseMixedLabels(name, count, label);
        store ??=
          spool === undefined
            ? storeInMemory(name, image.bytes.length, maxBytes)
            : await storeInFile(spool, image.bytes.length);
        await store.push(image.bytes);
        if (label !== null) labels.push(label);
        count++;
      } finally {
        disposeItem(value);
      }
    }
    if (!store || !reader.shape) throw new RangeError(`Cannot make a source of ${name}: there was no image`);
    const images = await store.done();
    return Object.freeze<ImageSource>({
      name,
      length: count,
      shape: Object.freeze(reader.shape),
      classes: classes && Object.freeze([...classes]),
      labels: labels.length > 0 ? labels.done() : null,
      async read(indices) {
        assertIndices(name, count, indices);
        return images.read(indices);
      },
    });
  } catch (error) {
    await store?.discard();
    throw error;
  } finally {
    if (!ended) await iterator.return?.();
  }
}

interface ItemIterator {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  return?(): unknown;
}

async function iteratorOf(
  items: Iterable<unknown> | AsyncIterable<unknown> | IterableDataset,
  name: string,
): Promise<ItemIterator> {
  const either = items as Partial<Iterable<unknown> & AsyncIterable<unknown> & IterableDataset>;
  if (either?.[Symbol.asyncIterator]) return either[Symbol.asyncIterator]!();
  if (either?.[Symbol.iterator]) return either[Symbol.iterator]!();
  if (typeof either?.iterator === 'function') return either.iterator();
  throw new TypeError(
    `Cannot take ${name} from ${typeof items}: give an iterable, an async iterable or a tf.data.Dataset`,
  );
}

function checkedShape(name: string, shape: readonly [number, number, number]): [number, number, number] {
  if (shape.length === 3 && shape.every((size) => Number.isSafeInteger(size) && size > 0)) return [...shape];
  throw new RangeError(`Cannot take ${name} of shape [${shape}]: give [height, width, channels], each at least 1`);
}

function refuseMixedLabels(name: string, index: number, label: number | null): never {
  const [has, had] = label === null ? ['no label', 'have one'] : [`label ${label}`, 'have none'];
  throw new RangeError(`Cannot take item ${index} of ${name}: it has ${has}, those before it ${had}`);
}
