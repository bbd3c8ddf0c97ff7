import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { writeImagenet } from './synthetic-data.fixture.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-large-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  vi.resetModules();
  return () => vi.unstubAllEnvs();
});

const sets = () => import('./large-data.js');

/** A file of zeros, as long as the data set's, that takes no room on disk. */
function empty(name: string, bytes: number): void {
  writeFileSync(join(folder, name), '');
  truncateSync(join(folder, name), bytes);
}

test('without HCSC_DATA, or what belongs in its folder, it is said what is needed', async () => {
  const { cifar10Data, stl10Data, imagenetData } = await sets();
  vi.stubEnv('HCSC_DATA', undefined);
  for (const [open, sentence] of [
    [cifar10Data.train, 'Cannot find CIFAR-10: set HCSC_DATA to the folder that has cifar-10-batches-bin in it'],
    [stl10Data.labelled, 'Cannot find STL-10: set HCSC_DATA to the folder that has stl10_binary in it'],
    [
      imagenetData.test,
      'Cannot find ImageNet: set HCSC_DATA to the folder that has imagenet/train and imagenet/val in it',
    ],
  ] as const) {
    await expect(open!()).rejects.toThrow(sentence);
  }
  vi.stubEnv('HCSC_DATA', folder);
  mkdirSync(join(folder, 'imagenet/val'), { recursive: true });
  await expect(imagenetData.train()).rejects.toThrow(
    `Cannot find ImageNet: HCSC_DATA is ${folder}, which has no imagenet/train in it`,
  );
});

test('CIFAR-10: all of it', async () => {
  vi.stubEnv('HCSC_DATA', folder);
  mkdirSync(join(folder, 'cifar-10-batches-bin'));
  for (const i of [1, 2, 3, 4, 5]) empty(`cifar-10-batches-bin/data_batch_${i}.bin`, 10_000 * 3073);
  empty('cifar-10-batches-bin/test_batch.bin', 10_000 * 3072);
  const { cifar10Data } = await sets();
  const train = await cifar10Data.train();
  expect([train.length, train.shape, train.labels!.length]).toEqual([50_000, [32, 32, 3], 50_000]);
  await expect(cifar10Data.test!()).rejects.toThrow(/test_batch\.bin/);
});

test('STL-10: trained on images without labels, evaluated with labelled ones', async () => {
  vi.stubEnv('HCSC_DATA', folder);
  mkdirSync(join(folder, 'stl10_binary'));
  for (const [name, images] of [
    ['unlabeled', 100_000],
    ['train', 5000],
    ['test', 8000],
  ] as const) {
    empty(`stl10_binary/${name}_X.bin`, images * 3 * 96 * 96);
    if (name !== 'unlabeled') writeFileSync(join(folder, `stl10_binary/${name}_y.bin`), Buffer.alloc(images, 10));
  }
  const { stl10Data } = await sets();
  const [train, labelled, tested] = await Promise.all([stl10Data.train(), stl10Data.labelled!(), stl10Data.test!()]);
  expect([train.length, train.labels, train.shape]).toEqual([100_000, null, [96, 96, 3]]);
  expect([labelled.length, labelled.labels![0], tested.length]).toEqual([5000, 9, 8000]);
});

test('ImageNet: folders of classes, images of different sizes', async () => {
  vi.stubEnv('HCSC_DATA', folder);
  await writeImagenet(folder, 3);
  const { imagenetData } = await sets();
  const [train, tested] = [await imagenetData.train(), await imagenetData.test!()];
  expect([train.length, train.shape, [...train.labels!]]).toEqual([6, [224, 224, 3], [0, 0, 0, 1, 1, 1]]);
  expect([tested.length, tested.classes]).toEqual([6, ['n01440764', 'n01443537']]);
  expect((await train.read([5])).length).toBe(224 * 224 * 3);
});
