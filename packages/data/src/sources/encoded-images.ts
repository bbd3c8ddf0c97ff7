/** Where an encoded image (JPEG, PNG, WebP) is: a file, or a part of one. */
export interface EncodedImage {
  readonly path: string;
  /** In bytes from the start of the file. Default 0. */
  readonly offset?: number;
  /** In bytes. Default: to the end of the file. */
  readonly length?: number;
}

/** A list of encoded images that takes little memory, however long it is. */
export interface EncodedImages {
  /** What to call it in logs and errors. */
  readonly name: string;
  readonly length: number;
  readonly classes: readonly string[] | null;
  readonly labels: Int32Array | null;
  /** Where an image is; made anew at each call. */
  at(index: number): EncodedImage;
  /** What to call an image in logs and errors: its path, or the shard and the name in it. */
  nameOf(index: number): string;
}
