import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataFileError } from './data-file-error.js';
import { readIdxFile } from './idx-file.js';
import type { ImageSource } from './image-source.js';
import { memorySource } from './memory-source.js';

/** Options of {@link idx}. */
export interface IdxOptions {
  /** The name of class 0, 1, …; a label without a name is refused. Default null. */
  classes?: readonly string[] | null;
  /** What to call the source in logs and errors. Default: the image file's name. */
  name?: string;
}

/** A file that has been read: its path, for errors, and its bytes. */
export interface FileBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Opens images, and labels if given, of the MNIST family: IDX files of unsigned bytes, plain or gzipped.
 *
 * Images are `[n, height, width]` (one channel) or `[n, height, width, channels]`; labels are `[n]`. The files are
 * read and checked whole and kept in memory as bytes (MNIST: 47 MB).
 *
 * @throws DataFileError (the promise rejects) if a file is truncated, too long, of another format, or if a label is
 *   out of range or labels and images differ in number; it has the file, the offset, what was expected and found.
 *   A file that cannot be opened rejects with Node's own error.
 *
 * @example
 * ```ts
 * const digits = await idx('mnist/train-images-idx3-ubyte.gz', 'mnist/train-labels-idx1-ubyte.gz');
 * ```
 */
export async function idx(imagesPath: string, labelsPath?: string, options: IdxOptions = {}): Promise<ImageSource> {
  const open = async (path: string): Promise<FileBytes> => ({ path, bytes: await readFile(path) });
  return idxFromBytes(await open(imagesPath), labelsPath === undefined ? null : await open(labelsPath), options);
}

/** {@link idx} for files that have been read already. */
export async function idxFromBytes(
  images: FileBytes,
  labels: FileBytes | null,
  { classes = null, name = basename(images.path) }: IdxOptions = {},
): Promise<ImageSource> {
  const { sizes, items } = await readIdxFile(images.path, images.bytes, [3, 4]);
  const [length, height, width, channels = 1] = sizes as [number, number, number, number?];
  return memorySource(items, [height, width, channels], {
    labels: labels && (await readLabels(labels, images.path, length, classes)),
    classes,
    name,
  });
}

async function readLabels(
  { path, bytes }: FileBytes,
  imagesPath: string,
  length: number,
  classes: readonly string[] | null,
): Promise<Uint8Array> {
  const { sizes, items } = await readIdxFile(path, bytes, [1]);
  if (sizes[0] !== length) {
    const expected = `${length} labels, one for each image of ${imagesPath}`;
    throw new DataFileError({ file: path, offset: 4, expected, found: `${sizes[0]} labels` });
  }
  const wrong = classes ? items.findIndex((label) => label >= classes.length) : -1;
  if (classes && wrong >= 0) {
    const expected = `a label from 0 to ${classes.length - 1}`;
    throw new DataFileError({ file: path, offset: 8 + wrong, expected, found: `label ${items[wrong]}` });
  }
  return items;
}
