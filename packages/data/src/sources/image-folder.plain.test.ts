import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderOf } from './image-files.fixture.js';
import { imageFolders } from './image-folder.js';

const files = { 'train/b/0.png': '', 'train/a/0.png': '', 'train/c/0.png': '', 'test/c/0.png': '', 'test/a/0.png': '' };

test('test images have the classes of the training images, which are listed once', async () => {
  const folder = folderOf(files);
  const [train, tested] = [join(folder, 'train'), join(folder, 'test')];
  const early = await imageFolders({ train, test: tested }).test();
  expect([early.classes, [...early.labels!]]).toEqual([
    ['a', 'b', 'c'],
    [0, 2],
  ]);
  const set = imageFolders({ train, test: tested });
  expect((await set.train()).length).toBe(3);
  rmSync(train, { recursive: true });
  const source = await set.test();
  expect([source.classes, [...source.labels!]]).toEqual([early.classes, [...early.labels!]]);
});

test('classes that are given need no training images', async () => {
  const folder = folderOf(files);
  const set = imageFolders({ train: 'nowhere', test: join(folder, 'test'), classes: ['c', 'a'] });
  expect(set.classes).toEqual(['c', 'a']);
  expect([...(await set.test()).labels!]).toEqual([0, 1]);
});
