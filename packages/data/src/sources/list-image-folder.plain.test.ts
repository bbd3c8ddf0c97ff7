import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EncodedImages } from './encoded-images.js';
import { listImageFolder } from './list-image-folder.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const make = (...files: string[]) => {
  for (const file of files) folder.write(file, 'x');
};

/** The paths from the folder that was listed, with the class of each. */
function contents(images: EncodedImages, name: string): (readonly [path: string, label: number | undefined])[] {
  return Array.from({ length: images.length }, (_, i) => {
    expect(images.nameOf(i)).toBe(images.at(i).path);
    expect(Object.keys(images.at(i))).toEqual(['path']);
    return [images.at(i).path.slice(at(name).length + 1), images.labels?.[i]] as const;
  });
}

test('a folder for each class; deeper folders belong to it, sorted by folder, then by name', async () => {
  make(
    'classes/dog/2.jpg',
    'classes/dog/10.JPEG',
    'classes/Zebra/a.png',
    'classes/cat/b/c/z.webp',
    'classes/cat/b-x/a.jpg',
  );
  make('classes/cat/b/y.PNG', 'classes/cat/x.Jpeg', 'classes/cat/notes.txt', 'classes/README.md');
  make(
    'classes/.cache/a.jpg',
    'classes/dog/.3.jpg',
    'classes/dog/.thumbs/a.jpg',
    'classes/cat/a.jpg.txt',
    'classes/cat/jpg',
  );
  const images = await listImageFolder(at('classes'));
  expect(images).toMatchObject({ name: 'classes', length: 7, classes: ['Zebra', 'cat', 'dog'] });
  expect(contents(images, 'classes')).toEqual([
    ['Zebra/a.png', 0],
    ['cat/x.Jpeg', 1],
    ['cat/b/y.PNG', 1],
    ['cat/b-x/a.jpg', 1],
    ['cat/b/c/z.webp', 1],
    ['dog/10.JPEG', 2],
    ['dog/2.jpg', 2],
  ]);
});

test('a folder of images has no labels', async () => {
  make('flat/b.jpg', 'flat/a.png', 'flat/ü.webp', 'flat/B.jpg', 'flat/list.csv');
  const images = await listImageFolder(`${at('flat')}/`);
  expect(images).toMatchObject({ name: 'flat', length: 4, classes: null, labels: null });
  expect(contents(images, 'flat').map(([path]) => path)).toEqual(['B.jpg', 'a.png', 'b.jpg', 'ü.webp']);
  await expect(listImageFolder(at('flat'), { classes: ['a'] })).rejects.toThrow(/one of 1 classes/);
});

test('classes that are given fix ids and order; a folder without an id is refused', async () => {
  make('given/b/1.jpg', 'given/a/1.jpg');
  const images = await listImageFolder(at('given'), { classes: ['b', 'missing', 'a'] });
  expect(images.classes).toEqual(['b', 'missing', 'a']);
  expect(contents(images, 'given')).toEqual([
    ['b/1.jpg', 0],
    ['a/1.jpg', 2],
  ]);
  await expect(listImageFolder(at('given'), { classes: ['b', 'c'] })).rejects.toThrow(/ids: a are not among the 2/);
  await expect(listImageFolder(at('given'), { classes: ['b', 'a', 'b'] })).rejects.toThrow(/class b two ids/);
});

test('other extensions, in any case', async () => {
  make('tiles/a.TIF', 'tiles/b.jpg', 'tiles/c.tiff');
  const images = await listImageFolder(at('tiles'), { extensions: ['.tif', '.Tiff'] });
  expect(contents(images, 'tiles').map(([path]) => path)).toEqual(['a.TIF', 'c.tiff']);
  await expect(listImageFolder(at('tiles'), { extensions: ['tif'] })).rejects.toThrow(/each with its dot; given 'tif'/);
  await expect(listImageFolder(at('tiles'), { extensions: [] })).rejects.toThrow(/given none/);
});

test('links to files and folders are followed', async () => {
  make('store/deep/1.jpg', 'store/2.jpg', 'store/text');
  make('linked/b/own.png');
  symlinkSync(at('store'), at('linked/a'));
  symlinkSync(at('store/2.jpg'), at('linked/b/two.jpg'));
  symlinkSync(at('store/text'), at('linked/b/text'));
  symlinkSync(at('nowhere'), at('linked/b/gone.jpg'));
  symlinkSync(at('nowhere'), at('linked/b/gone'));
  for (let i = 100; i < 300; i++) symlinkSync(at('store/2.jpg'), at(`linked/b/x${i}.jpg`));
  const found = contents(await listImageFolder(at('linked')), 'linked');
  expect(found.slice(0, 5)).toEqual([
    ['a/2.jpg', 0],
    ['a/deep/1.jpg', 0],
    ['b/gone.jpg', 1], // it cannot be read, and that is said when it is read
    ['b/own.png', 1],
    ['b/two.jpg', 1],
  ]);
  expect(found.slice(5).map(([path]) => path)).toEqual(Array.from({ length: 200 }, (_, i) => `b/x${100 + i}.jpg`));
});

test.each([
  ['to the top', 'loop-1', (top: string) => symlinkSync(top, join(top, 'a/again'))],
  ['to itself from above', 'loop-2', (top: string) => symlinkSync(folder.path, join(top, 'a/above'))],
  [
    'to each other',
    'loop-3',
    (top: string) => {
      mkdirSync(join(top, 'b'));
      symlinkSync(join(top, 'b'), join(top, 'a/b'));
      symlinkSync(join(top, 'a'), join(top, 'b/a'));
    },
  ],
])('links that lead back are refused: %s', async (_, name, link) => {
  make(`${name}/a/1.jpg`);
  link(at(name));
  await expect(listImageFolder(at(name))).rejects.toThrow(/the link .* leads back to .*, which it is in/);
});

test('what cannot be listed says why', async () => {
  make('mixed/a.jpg', 'mixed/cat/b.jpg', 'half/cat/b.jpg', 'half/dog/notes.txt', 'nothing/readme.txt');
  mkdirSync(at('half/emu'));
  mkdirSync(at('empty'));
  await expect(listImageFolder(at('mixed'))).rejects.toThrow(/images \(a.jpg\) beside folders \(cat\)/);
  await expect(listImageFolder(at('half'))).rejects.toThrow(
    /half: dog, emu have no file with an extension .jpg, .jpeg/,
  );
  for (const name of ['empty', 'nothing']) {
    await expect(listImageFolder(at(name))).rejects.toThrow(
      `${at(name)}: it has no file with an extension .jpg, .jpeg, .png, .webp`,
    );
  }
  await expect(listImageFolder(at('nowhere'))).rejects.toThrow(/ENOENT.*nowhere/);
});

test.skipIf(process.platform === 'win32')('a pipe that is called an image is not opened', async () => {
  make('pipes/a.jpg');
  execFileSync('mkfifo', [at('pipes/b.jpg')]);
  symlinkSync(at('pipes/b.jpg'), at('pipes/c.jpg'));
  expect((await listImageFolder(at('pipes'))).length).toBe(1);
});
