import { dirname, join } from 'node:path';
import { cifar10Classes, cifar100CoarseClasses, cifar100FineClasses } from './cifar-classes.js';
import { classNames } from './class-names.js';
import type { DataSet, ImageSource } from './image-source.js';
import { locateFiles } from './locate-files.js';
import { type CifarLabel, readCifar } from './read-cifar.js';

/** Options of {@link cifar10}. */
export interface Cifar10Options {
  /** The folder with the files of the binary version, or the one that `cifar-10-batches-bin` is in. */
  folder: string;
  /** Also take files that have fewer records than the data set's, such as a small part for a test. Default false. */
  partial?: boolean;
}

/** Options of {@link cifar100}. */
export interface Cifar100Options {
  /** The folder with the files of the binary version, or the one that `cifar-100-binary` is in. */
  folder: string;
  /** The 100 fine classes, or the 20 coarse ones. Default `'fine'`. */
  labels?: 'fine' | 'coarse';
  /** Also take files that have fewer records than the data set's, such as a small part for a test. Default false. */
  partial?: boolean;
}

/**
 * CIFAR-10 from the files of its binary version: 50,000 training and 10,000 test images `[32, 32, 3]` in ten classes.
 *
 * The files (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`) are read and checked whole and kept in memory
 * as bytes (150 MB and 30 MB). Class names are those of `batches.meta.txt` where that is there, else the same built in.
 *
 * @throws Error (from `train()` and `test()`) that names the files looked for and where to get them if they are not
 *   there; DataFileError, with file, offset, what was expected and found, if one is truncated or too long, or a label
 *   is out of range.
 *
 * @example
 * ```ts
 * const train = await cifar10({ folder: 'data' }).train();
 * ```
 */
export function cifar10({ folder, partial = false }: Cifar10Options): DataSet {
  return cifarSet({
    name: 'CIFAR-10',
    folder,
    inner: 'cifar-10-batches-bin',
    train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
    test: ['test_batch.bin'],
    trainRecords: 10_000,
    labels: [{ name: 'label', classes: 10 }],
    use: 0,
    classes: cifar10Classes,
    classFile: 'batches.meta.txt',
    partial,
  });
}

/**
 * CIFAR-100 from the files of its binary version: 50,000 training and 10,000 test images `[32, 32, 3]`, in 100 fine or
 * 20 coarse classes.
 *
 * The files (`train.bin`, `test.bin`) are read and checked whole and kept in memory as bytes (150 MB and 30 MB). Class
 * names are those of `fine_label_names.txt` or `coarse_label_names.txt` where that is there, else the same built in.
 *
 * @throws RangeError for other `labels`; from `train()` and `test()` as {@link cifar10}.
 *
 * @example
 * ```ts
 * const train = await cifar100({ folder: 'data', labels: 'coarse' }).train();
 * ```
 */
export function cifar100({ folder, labels = 'fine', partial = false }: Cifar100Options): DataSet {
  if (labels !== 'fine' && labels !== 'coarse') {
    throw new RangeError(`Cannot label CIFAR-100 by '${labels}': give 'fine' or 'coarse'`);
  }
  const fine = labels === 'fine';
  return cifarSet({
    name: fine ? 'CIFAR-100' : 'CIFAR-100 (coarse)',
    folder,
    inner: 'cifar-100-binary',
    train: ['train.bin'],
    test: ['test.bin'],
    trainRecords: 50_000,
    labels: [
      { name: 'coarse label', classes: 20 },
      { name: 'fine label', classes: 100 },
    ],
    use: fine ? 1 : 0,
    classes: fine ? cifar100FineClasses : cifar100CoarseClasses,
    classFile: `${labels}_label_names.txt`,
    partial,
  });
}

interface CifarSet {
  readonly name: string;
  readonly folder: string;
  readonly inner: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** In each training file; a test file has 10,000. */
  readonly trainRecords: number;
  readonly labels: readonly CifarLabel[];
  readonly use: number;
  readonly classes: readonly string[];
  readonly classFile: string;
  readonly partial: boolean;
}

function cifarSet(set: CifarSet): DataSet {
  const open = async (split: 'train' | 'test', records: number): Promise<ImageSource> => {
    const paths = locateFiles({
      set: set.name,
      folder: set.folder,
      inner: set.inner,
      files: set[split],
      remedy: `Get the binary version (the one for C programs) from the page 'The CIFAR-10 and CIFAR-100 datasets' of the University of Toronto, unpack it, and give { folder }`,
    });
    return readCifar(paths, {
      name: `${set.name} (${split})`,
      labels: set.labels,
      use: set.use,
      classes: await classNames(join(dirname(paths[0]!), set.classFile), set.classes),
      records,
      partial: set.partial,
    });
  };
  return {
    name: set.name,
    classes: set.classes,
    train: () => open('train', set.trainRecords),
    test: () => open('test', 10_000),
  };
}
