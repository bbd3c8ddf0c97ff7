import { assertIndices, type ImageSource } from './image-source.js';

/** Options of {@link memorySource}. */
export interface MemorySourceOptions {
  /** One class number per image. Default null: unlabelled. */
  labels?: ArrayLike<number> | null;
  /** The name of class 0, 1, …; every label must have one. Default null. */
  classes?: readonly string[] | null;
  /** What to call the source in logs and errors. Default `'images in memory'`. */
  name?: string;
}

/**
 * Makes a source of images that are already in memory.
 *
 * @param images Bytes, packed `[n, height, width, channels]`; kept by reference, not copied.
 * @param shape `[height, width, channels]` of one image.
 * @throws TypeError for anything but a `Uint8Array`; RangeError if the bytes are not a whole number of images, or if labels
 *   and images disagree.
 *
 * @example
 * ```ts
 * const source = memorySource(new Uint8Array(100 * 32 * 32 * 3), [32, 32, 3], { name: 'black squares' });
 * ```
 */
export function memorySource(
  images: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  { labels = null, classes = null, name = 'images in memory' }: MemorySourceOptions = {},
): ImageSource {
  if (!(images instanceof Uint8Array)) {
    const given = (images as object | undefined)?.constructor.name ?? images;
    throw new TypeError(`Cannot make ${name} from a ${given}: give a Uint8Array of bytes 0 to 255`);
  }
  if (shape.length !== 3 || !shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new RangeError(`Cannot hold images of shape [${shape}]: give [height, width, channels], each at least 1`);
  }
  const size = shape[0] * shape[1] * shape[2];
  const length = images.length / size;
  if (!Number.isInteger(length) || length === 0) {
    throw new RangeError(
      `Cannot make ${name} from ${images.length} bytes: an image of [${shape}] takes ${size} bytes, give a multiple of that`,
    );
  }
  return Object.freeze<ImageSource>({
    name,
    length,
    shape: Object.freeze([...shape] as [number, number, number]),
    classes: classes && Object.freeze([...classes]),
    labels: labels && checkedLabels(labels, length, classes, name),
    async read(indices) {
      assertIndices(name, length, indices);
      const packed = new Uint8Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        const start = indices[i]! * size;
        packed.set(images.subarray(start, start + size), i * size);
      }
      return packed;
    },
  });
}

function checkedLabels(
  labels: ArrayLike<number>,
  length: number,
  classes: readonly string[] | null,
  name: string,
): Int32Array {
  if (labels.length !== length) {
    throw new RangeError(`Cannot label ${name}: it has ${length} images, but ${labels.length} labels were given`);
  }
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= (classes?.length ?? 2 ** 31)) {
      const bound = classes ? `0 to ${classes.length - 1}, one of the ${classes.length} classes` : 'integers from 0';
      throw new RangeError(`Cannot label image ${i} of ${name} with ${label}: labels are ${bound}`);
    }
  }
  return Int32Array.from(labels);
}
