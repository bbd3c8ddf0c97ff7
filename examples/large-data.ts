import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cifar10, type DataSet, imageFolders, type Stl10, stl10 } from '@hcsc/data';
import type { RecipeData } from '@hcsc/train';

/** Opens a data set in the folder that HCSC_DATA names, when its images are first asked for. */
function inDataFolder<D extends DataSet>(set: string, parts: readonly string[], open: (folder: string) => D): () => D {
  let opened: D | undefined;
  return () => {
    const folder = process.env.HCSC_DATA;
    const needed = parts.join(' and ');
    if (!folder) throw new Error(`Cannot find ${set}: set HCSC_DATA to the folder that has ${needed} in it`);
    const missing = parts.filter((part) => !existsSync(join(folder, part)));
    if (missing.length > 0) {
      throw new Error(`Cannot find ${set}: HCSC_DATA is ${folder}, which has no ${missing.join(' and no ')} in it`);
    }
    opened ??= open(folder);
    return opened;
  };
}

const cifar = inDataFolder('CIFAR-10', ['cifar-10-batches-bin'], (folder) => cifar10({ folder }));

/** CIFAR-10, the binary version: 50,000 training images. */
export const cifar10Data: RecipeData = {
  name: 'CIFAR-10',
  train: async () => cifar().train(),
  test: async () => cifar().test(),
};

const stl = inDataFolder<Stl10>('STL-10', ['stl10_binary'], (folder) => stl10({ folder }));

/** STL-10, the binary version: trained on the 100,000 images without labels, evaluated with the labelled ones. */
export const stl10Data: RecipeData = {
  name: 'STL-10',
  train: async () => stl().unlabelled(),
  labelled: async () => stl().train(),
  test: async () => stl().test(),
};

const imagenet = inDataFolder('ImageNet', ['imagenet/train', 'imagenet/val'], (folder) =>
  imageFolders({
    ...{ name: 'ImageNet', size: 224 },
    train: join(folder, 'imagenet/train'),
    test: join(folder, 'imagenet/val'),
  }),
);

/** ImageNet: JPEGs in `imagenet/train` and `imagenet/val`, each with a folder for every class. */
export const imagenetData: RecipeData = {
  name: 'ImageNet',
  train: async () => imagenet().train(),
  test: async () => imagenet().test(),
};
