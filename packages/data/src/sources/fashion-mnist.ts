import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../package-file.js';
import { DataFileError } from './data-file-error.js';
import { type FileBytes, idx, idxFromBytes } from './idx.js';
import type { DataSet, ImageSource } from './image-source.js';

/** The ten classes of Fashion-MNIST, in the order of its labels. */
export const fashionMnistClasses: readonly string[] = Object.freeze([
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]);

/** Options of {@link fashionMnist}. */
export interface FashionMnistOptions {
  /**
   * The folder with the four IDX files, gzipped or not, under their usual names (`train-images-idx3-ubyte`, …).
   * Default `/usr/share/datasets/fashion-mnist`, where the package `dataset-fashion-mnist` of Debian and Ubuntu puts it.
   */
  folder?: string;
}

/**
 * The whole of Fashion-MNIST: 60,000 training and 10,000 test images `[28, 28, 1]` in ten classes.
 *
 * @throws Error (from `train()` and `test()`) that names the file and a remedy if it is not there, and DataFileError
 *   if it is damaged.
 *
 * @example
 * ```ts
 * const train = await fashionMnist({ folder: 'data/fashion-mnist' }).train();
 * ```
 */
export function fashionMnist({ folder = '/usr/share/datasets/fashion-mnist' }: FashionMnistOptions = {}): DataSet {
  const find = (file: string) => {
    const path = [join(folder, `${file}.gz`), join(folder, file)].find((candidate) => existsSync(candidate));
    if (path) return path;
    throw new Error(
      `Cannot open Fashion-MNIST: neither ${file}.gz nor ${file} is in ${folder}. Install the package dataset-fashion-mnist (Debian, Ubuntu), or give { folder }`,
    );
  };
  const open = async (split: Split) =>
    idx(find(`${split}-images-idx3-ubyte`), find(`${split}-labels-idx1-ubyte`), {
      classes: fashionMnistClasses,
      name: nameOf('Fashion-MNIST', split),
    });
  return {
    name: 'Fashion-MNIST',
    classes: fashionMnistClasses,
    train: () => open('train'),
    test: () => open('t10k'),
  };
}

/**
 * The sample of Fashion-MNIST that ships with this package: 6,000 training and 2,000 test images `[28, 28, 1]`, real,
 * balanced over the ten classes, taken from the training and the test set respectively (MIT licence, Zalando SE).
 *
 * Each file is compared with its SHA-256 checksum when it is opened.
 *
 * @throws DataFileError (from `train()` and `test()`) if a file is not the one that was shipped.
 *
 * @example
 * ```ts
 * const train = await fashionMnistSample().train();
 * train.length; // 6000
 * ```
 */
export function fashionMnistSample(): DataSet {
  return {
    name: 'Fashion-MNIST sample',
    classes: fashionMnistClasses,
    train: () => openSample('train'),
    test: () => openSample('t10k'),
  };
}

type Split = 'train' | 't10k';
const nameOf = (set: string, split: Split) => `${set} (${split === 'train' ? 'train' : 'test'})`;

async function openSample(split: Split): Promise<ImageSource> {
  const folder = fileURLToPath(packageFile('assets/'));
  const sums = await readFile(join(folder, 'SHA256SUMS'), 'utf8');
  return idxFromBytes(
    await readShipped(folder, `${split}-images-idx3-ubyte.gz`, sums),
    await readShipped(folder, `${split}-labels-idx1-ubyte.gz`, sums),
    { classes: fashionMnistClasses, name: nameOf('Fashion-MNIST sample', split) },
  );
}

/** Reads `file` of `folder` and compares it with its line in `sums`, the text of a `SHA256SUMS` file. */
export async function readShipped(folder: string, file: string, sums: string): Promise<FileBytes> {
  const path = join(folder, file);
  const bytes = await readFile(path);
  const expected = sums
    .split('\n')
    .find((line) => line.endsWith(`  ${file}`))
    ?.slice(0, 64);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== expected) {
    throw new DataFileError({ file: path, offset: 0, expected: `content with SHA-256 ${expected}`, found });
  }
  return { path, bytes };
}
