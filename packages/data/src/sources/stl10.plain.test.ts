import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stl10, stl10Classes } from '../index.js';
import { stl10File, testImage } from './planar-images.fixture.js';
import { faultOf, temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

function smallStl10(name: string) {
  folder.write(`${name}/train_X.bin`, stl10File(3));
  folder.write(`${name}/train_y.bin`, Uint8Array.from([1, 10, 4]));
  folder.write(`${name}/test_X.bin`, stl10File(1, 3));
  folder.write(`${name}/test_y.bin`, Uint8Array.from([2]));
  folder.write(`${name}/unlabeled_X.bin`, stl10File(4, 4));
  return join(folder.path, name);
}

test.each(['here', 'above/stl10_binary'])('in %s: columns in the files, rows in the source', async (name) => {
  smallStl10(name);
  const set = stl10({ folder: join(folder.path, name.replace('/stl10_binary', '')), partial: true });
  expect(set).toMatchObject({ name: 'STL-10', classes: stl10Classes });
  const train = await set.train();
  expect(train).toMatchObject({ name: 'STL-10 (train)', length: 3, shape: [96, 96, 3], classes: stl10Classes });
  expect([...train.labels!]).toEqual([0, 9, 3]);
  expect(Buffer.compare(await train.read([2, 0, 2]), Uint8Array.from([2, 0, 2].flatMap((i) => testImage(i, 96))))).toBe(
    0,
  );
  const test = await set.test();
  expect([...test.labels!]).toEqual([1]);
  expect(Buffer.compare(await test.read([0]), Uint8Array.from(testImage(3, 96)))).toBe(0);
  const unlabelled = await set.unlabelled();
  expect(unlabelled).toMatchObject({ name: 'STL-10 (unlabelled)', length: 4, labels: null });
  expect(
    Buffer.compare(await unlabelled.read([3, 1, 2]), Uint8Array.from([7, 5, 6].flatMap((i) => testImage(i, 96)))),
  ).toBe(0);
  await expect(unlabelled.read([4])).rejects.toThrow(
    'Cannot read image 4 of STL-10 (unlabelled): it has images 0 to 3',
  );
});

test('names of classes come from class_names.txt where it is there', async () => {
  const path = smallStl10('named');
  const names = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  folder.write('named/class_names.txt', `${names.join('\n')}\n`);
  expect((await stl10({ folder: path, partial: true }).train()).classes).toEqual(names);
});

test('images are read when they are asked for, not before', async () => {
  const path = smallStl10('lazy');
  const source = await stl10({ folder: path, partial: true }).unlabelled();
  const file = join(path, 'unlabeled_X.bin');
  truncateSync(file, 27648 + 100);
  expect(Buffer.compare(await source.read([0]), Uint8Array.from(testImage(4, 96)))).toBe(0);
  expect(await faultOf(source.read([1]))).toMatchObject({ file, offset: 27748, found: 'the end of the file' });
});

test('truncated files, foreign labels and other numbers of labels are refused', async () => {
  const path = smallStl10('broken');
  const set = stl10({ folder: path, partial: true });
  expect(await faultOf(stl10({ folder: path }).unlabelled())).toMatchObject({
    file: join(path, 'unlabeled_X.bin'),
    offset: 4 * 27648,
    expected: '100000 records of 27648 bytes, 2764800000 bytes',
    found: 'the end of the file',
  });
  folder.write('broken/unlabeled_X.bin', stl10File(1).subarray(1));
  expect((await faultOf(set.unlabelled())).found).toBe('the end of the file, 27647 bytes into record 0');

  const labels = folder.write('broken/train_y.bin', Uint8Array.from([1, 2, 0]));
  const range = { file: labels, offset: 2, expected: 'a label from 1 to 10' };
  expect(await faultOf(set.train())).toMatchObject({ ...range, found: 'label 0' });
  folder.write('broken/train_y.bin', Uint8Array.from([1, 2, 11]));
  expect(await faultOf(set.train())).toMatchObject({ ...range, found: 'label 11' });
  for (const [count, offset] of [
    [2, 2],
    [4, 3],
  ] as const) {
    folder.write('broken/train_y.bin', new Uint8Array(count).fill(1));
    const error = await faultOf(set.train());
    expect(error).toMatchObject({ file: labels, offset, found: `${count} labels` });
    expect(error.expected).toContain(`3 labels of a byte, one for each image of ${join(path, 'train_X.bin')}`);
  }
});

test('files that are not there are named', async () => {
  const nowhere = join(folder.path, 'nowhere');
  await expect(stl10({ folder: nowhere }).train()).rejects.toThrow(
    /looked for train_X.bin, train_y.bin, neither in .*nowhere nor .*stl10_binary\. Get the binary files/,
  );
});
