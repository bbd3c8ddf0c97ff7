import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cifar10, cifar10Classes, cifar100, cifar100CoarseClasses, cifar100FineClasses } from '../index.js';
import { cifarFile, testImage } from './planar-images.fixture.js';
import { faultOf, temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();
const labels10 = [[3], [0], [9], [5], [1]];

/** A small CIFAR-10: one image in a training batch, two in the test batch. */
function smallCifar10(name: string) {
  labels10.forEach((own, i) => {
    folder.write(`${name}/data_batch_${i + 1}.bin`, cifarFile([own], i));
  });
  folder.write(`${name}/test_batch.bin`, cifarFile([[7], [2]], 5));
  return join(folder.path, name);
}

test('the lists of classes are those of the papers', () => {
  expect(cifar10Classes).toHaveLength(10);
  for (const [names, count] of [
    [cifar100FineClasses, 100],
    [cifar100CoarseClasses, 20],
  ] as const) {
    expect(new Set(names).size).toBe(count);
    expect(names).toHaveLength(count);
    expect([...names].sort()).toEqual(names); // both are in alphabetical order
  }
});

test.each(['here', 'above/cifar-10-batches-bin'])(
  'CIFAR-10 in %s: planes in the files, pixels in the source',
  async (name) => {
    smallCifar10(name);
    const set = cifar10({ folder: join(folder.path, name.replace('/cifar-10-batches-bin', '')), partial: true });
    expect(set).toMatchObject({ name: 'CIFAR-10', classes: cifar10Classes });
    const train = await set.train();
    expect(train).toMatchObject({ name: 'CIFAR-10 (train)', length: 5, shape: [32, 32, 3], classes: cifar10Classes });
    expect([...train.labels!]).toEqual(labels10.flat());
    expect([...(await train.read([4, 0, 2, 4]))]).toEqual([4, 0, 2, 4].flatMap((i) => testImage(i, 32)));
    const test = await set.test();
    expect([...test.labels!]).toEqual([7, 2]);
    expect([...(await test.read([1]))]).toEqual(testImage(6, 32));
  },
);

test('names of classes come from batches.meta.txt where it is there; another number of them is refused', async () => {
  const path = smallCifar10('named');
  const names = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  const meta = folder.write('named/batches.meta.txt', `${names.join('\r\n')}\n\n`);
  expect((await cifar10({ folder: path, partial: true }).test()).classes).toEqual(names);
  folder.write('named/batches.meta.txt', 'one\ntwo\n');
  expect(await faultOf(cifar10({ folder: path, partial: true }).test())).toMatchObject({
    file: meta,
    expected: '10 class names, one a line',
    found: '2 names',
  });
});

test('CIFAR-100 has a coarse and a fine label', async () => {
  const labels = [
    [19, 99],
    [4, 0],
    [0, 51],
  ];
  folder.write('hundred/cifar-100-binary/train.bin', cifarFile(labels));
  folder.write('hundred/cifar-100-binary/test.bin', cifarFile(labels.slice(0, 1), 3));
  const options = { folder: join(folder.path, 'hundred'), partial: true };
  const fine = await cifar100(options).train();
  expect(fine).toMatchObject({ name: 'CIFAR-100 (train)', classes: cifar100FineClasses });
  expect([...fine.labels!]).toEqual([99, 0, 51]);
  const coarse = await cifar100({ ...options, labels: 'coarse' }).train();
  expect(coarse).toMatchObject({ name: 'CIFAR-100 (coarse) (train)', classes: cifar100CoarseClasses });
  expect([...coarse.labels!]).toEqual([19, 4, 0]);
  for (const source of [fine, coarse]) {
    expect([...(await source.read([2, 1]))]).toEqual([2, 1].flatMap((i) => testImage(i, 32)));
  }
  expect([...(await (await cifar100(options).test()).read([0]))]).toEqual(testImage(3, 32));
  expect(() => cifar100({ folder: '', labels: 'medium' as never })).toThrow(/'medium': give 'fine' or 'coarse'/);
});

test('a file that is shorter than the data set, by a byte or a record, is refused', async () => {
  const path = smallCifar10('short');
  const batch = join(path, 'data_batch_1.bin');
  expect(await faultOf(cifar10({ folder: path }).train())).toMatchObject({
    file: batch,
    offset: 3073,
    expected: '10000 records of 3073 bytes, 30730000 bytes',
    found: 'the end of the file',
  });
  folder.write('short/data_batch_1.bin', cifarFile([[1], [2]]).subarray(0, -1));
  expect(await faultOf(cifar10({ folder: path, partial: true }).train())).toMatchObject({
    file: batch,
    offset: 6145,
    found: 'the end of the file, 3072 bytes into record 1',
  });
});

test('a label out of range is refused: CIFAR-100 is no CIFAR-10', async () => {
  const path = smallCifar10('foreign');
  const file = folder.write('foreign/data_batch_3.bin', cifarFile([[9], [10]]));
  expect(await faultOf(cifar10({ folder: path, partial: true }).train())).toMatchObject({
    file,
    offset: 3073,
    expected: 'a label from 0 to 9',
    found: 'label 10',
  });
  folder.write('other/train.bin', cifarFile([[19, 100]]));
  const other = { folder: join(folder.path, 'other'), partial: true };
  expect(await faultOf(cifar100({ ...other, labels: 'coarse' }).train())).toMatchObject({
    offset: 1,
    expected: 'a fine label from 0 to 99',
    found: 'fine label 100',
  });
  folder.write('other/train.bin', cifarFile([[20, 1]]));
  expect((await faultOf(cifar100(other).train())).found).toBe('coarse label 20');
});

test('files that are not there are named, with the places looked at and what to do', async () => {
  const nowhere = join(folder.path, 'nowhere');
  await expect(cifar10({ folder: nowhere }).test()).rejects.toThrow(
    `Cannot open CIFAR-10: looked for test_batch.bin, neither in ${nowhere} nor in ${join(nowhere, 'cifar-10-batches-bin')}. Get the binary version`,
  );
  const path = smallCifar10('gap');
  rmSync(join(path, 'data_batch_2.bin'));
  await expect(cifar10({ folder: path }).train()).rejects.toThrow(
    `looked for data_batch_2.bin, not in ${path}, where the others are`,
  );
});
