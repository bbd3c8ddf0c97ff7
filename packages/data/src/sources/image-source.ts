import type { HostStep } from '../transforms/host-step.js';
import type { EncodedImages } from './encoded-images.js';

/** An image that could not be read, and why. */
export interface UnreadableImage {
  /** In the source that says so. */
  readonly index: number;
  /** Its path, or the shard and its name in it. */
  readonly name: string;
  readonly reason: string;
}

/** What lies behind a source of images that have to be decoded, and have sizes of their own. */
export interface Originals {
  readonly images: EncodedImages;
  /** What they are decoded to: grey or RGB. */
  readonly channels: 1 | 3;
  /** How `read` brings an image to the source's size: the last of these steps gives it. */
  readonly steps: readonly HostStep[];
  /** Threads that decode for `read`. Default: one per processor. */
  readonly workers?: number;
  /** Takes note of an image that cannot be read; throws if that is to be an error. */
  unreadable(image: UnreadableImage): void;
  /** Whether that is known already: then it is not tried in the place of another. */
  isUnreadable?(index: number): boolean;
}

/** The two images of each item of a source of pairs. */
export interface PairedImages {
  /** Where the images are. */
  readonly of: ImageSource;
  /** Their positions in `of`, one for each item; the two are the same for an item of one image. Read-only by agreement. */
  readonly members: readonly [first: Int32Array, second: Int32Array];
}

/**
 * Images of one size that can be read by index: a file, a folder, an array.
 *
 * Everything that trains or evaluates takes this contract, so that a data set is swapped by another object.
 *
 * @example
 * ```ts
 * const source = await idx('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz');
 * const bytes = await source.read([0, 5]); // 2 images, packed [2, height, width, channels]
 * ```
 */
export interface ImageSource {
  /** What to call it in logs and errors. */
  readonly name: string;
  /** The number of images. */
  readonly length: number;
  /** `[height, width, channels]` of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** The name of class 0, 1, …, or null where they are not known. */
  readonly classes: readonly string[] | null;
  /** One class number per image, or null for unlabelled images. Read-only by agreement. */
  readonly labels: Int32Array | null;
  /**
   * Reads images as bytes 0 to 255, packed `[n, height, width, channels]`, in the order asked for; an index may come
   * more than once. The result is a new array.
   *
   * Rejects with a RangeError if an index is not an integer in [0, `length`).
   */
  read(indices: ArrayLike<number>): Promise<Uint8Array>;
  /** The images in their own sizes, of sources that decode: `viewLoader` makes views of these. */
  readonly originals?: Originals;
  /**
   * What the items of a source of pairs are made of, as `pairedSource` makes them: all other fields are of the first
   * images, and the loaders give the second ones too.
   */
  readonly paired?: PairedImages;
  /** The images that have been left out so far since they could not be read. */
  readonly unreadable?: readonly UnreadableImage[];
}

/** A data set: a training and a test source. */
export interface DataSet {
  readonly name: string;
  readonly classes: readonly string[] | null;
  train(): Promise<ImageSource>;
  test(): Promise<ImageSource>;
}

/** Throws a RangeError, naming the source, unless every index is an integer in [0, `length`). */
export function assertIndices(name: string, length: number, indices: ArrayLike<number>): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`Cannot read image ${index} of ${name}: it has images 0 to ${length - 1}`);
    }
  }
}
