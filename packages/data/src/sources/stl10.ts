import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { classNames } from './class-names.js';
import { DataFileError } from './data-file-error.js';
import { assertIndices, type DataSet, type ImageSource } from './image-source.js';
import { locateFiles } from './locate-files.js';
import { type RecordFile, recordFile } from './record-file.js';

/** The ten classes of STL-10, in the order of its labels. */
export const stl10Classes: readonly string[] = Object.freeze([
  'airplane',
  'bird',
  'car',
  'cat',
  'deer',
  'dog',
  'horse',
  'monkey',
  'ship',
  'truck',
]);

/** Options of {@link stl10}. */
export interface Stl10Options {
  /** The folder with the files of the binary version, or the one that `stl10_binary` is in. */
  folder: string;
  /** Also take files that have fewer images than the data set's, such as a small part for a test. Default false. */
  partial?: boolean;
}

/** STL-10: a {@link DataSet} that also has images without labels. */
export interface Stl10 extends DataSet {
  /** The 100,000 images to pre-train on; `labels` is null. */
  unlabelled(): Promise<ImageSource>;
}

const SIDE = 96;
const PIXELS = SIDE * SIDE;
const IMAGE_BYTES = 3 * PIXELS;

/**
 * STL-10 from the files of its binary version: 5,000 training, 8,000 test and 100,000 unlabelled images `[96, 96, 3]`.
 *
 * The files are `train_X.bin`, `train_y.bin`, `test_X.bin`, `test_y.bin` and `unlabeled_X.bin`. Images stay in their
 * files (the unlabelled ones take 2.8 GB) and are read when asked for; labels, 1 to 10 in the files, are 0 to 9. Class
 * names are those of `class_names.txt` where that is there, else the same built in.
 *
 * @throws Error (from `train()`, `test()` and `unlabelled()`) that names the files looked for and where to get them if
 *   they are not there; DataFileError, with file, offset, what was expected and found, if one is truncated or too long,
 *   or a label is out of range.
 *
 * @example
 * ```ts
 * const set = stl10({ folder: 'data' });
 * const images = await set.unlabelled();
 * ```
 */
export function stl10({ folder, partial = false }: Stl10Options): Stl10 {
  const locate = (files: readonly string[]) =>
    locateFiles({
      set: 'STL-10',
      folder,
      inner: 'stl10_binary',
      files,
      remedy: `Get the binary files from the page 'STL-10 dataset' of Stanford University, unpack them, and give { folder }`,
    });
  const open = async (split: string, files: readonly string[], records: number) => {
    const [imagesPath, labelsPath] = locate(files) as [string, string?];
    const images = await recordFile(imagesPath, IMAGE_BYTES, { records, partial });
    const classes = await classNames(join(dirname(imagesPath), 'class_names.txt'), stl10Classes);
    const labels = labelsPath === undefined ? null : await readLabels(labelsPath, images, classes.length);
    return imagesInFile(`STL-10 (${split})`, images, classes, labels);
  };
  return {
    name: 'STL-10',
    classes: stl10Classes,
    train: () => open('train', ['train_X.bin', 'train_y.bin'], 5_000),
    test: () => open('test', ['test_X.bin', 'test_y.bin'], 8_000),
    unlabelled: () => open('unlabelled', ['unlabeled_X.bin'], 100_000),
  };
}

function imagesInFile(
  name: string,
  file: RecordFile,
  classes: readonly string[],
  labels: Int32Array | null,
): ImageSource {
  return Object.freeze<ImageSource>({
    name,
    length: file.length,
    shape: Object.freeze<[number, number, number]>([SIDE, SIDE, 3]),
    classes: Object.freeze([...classes]),
    labels,
    async read(indices) {
      assertIndices(name, file.length, indices);
      const bytes = await file.read(indices);
      const planes = new Uint8Array(IMAGE_BYTES);
      for (let start = 0; start < bytes.length; start += IMAGE_BYTES) {
        const image = bytes.subarray(start, start + IMAGE_BYTES);
        planes.set(image);
        interleave(planes, image);
      }
      return bytes;
    },
  });
}

/** The file has a plane for each colour, column by column; an image has pixels, row by row. */
function interleave(planes: Uint8Array, pixels: Uint8Array): void {
  let to = 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      for (let plane = 0; plane < IMAGE_BYTES; plane += PIXELS) pixels[to++] = planes[plane + x * SIDE + y]!;
    }
  }
}

async function readLabels(path: string, images: RecordFile, classes: number): Promise<Int32Array> {
  const { length } = await recordFile(path, 1);
  if (length !== images.length) {
    const expected = `${images.length} labels of a byte, one for each image of ${images.path}`;
    throw new DataFileError({
      file: path,
      offset: Math.min(length, images.length),
      expected,
      found: `${length} labels`,
    });
  }
  return Int32Array.from(await readFile(path), (label, offset) => {
    if (label >= 1 && label <= classes) return label - 1;
    throw new DataFileError({
      file: path,
      offset,
      expected: `a label from 1 to ${classes}`,
      found: `label ${label}`,
    });
  });
}
