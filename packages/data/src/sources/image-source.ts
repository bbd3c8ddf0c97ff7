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
