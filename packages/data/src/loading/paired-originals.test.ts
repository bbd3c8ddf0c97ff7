import { createRng } from '@hcsc/random';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type ImageSource,
  imageFolder,
  loader,
  mocoV2,
  pairedSource,
  stopImageWorkers,
  subset,
  tarShards,
  type ViewLoaderOptions,
} from '../index.js';
import { encodedSource } from '../sources/encoded-source.js';
import { folderOf, pattern, png } from '../sources/image-files.fixture.js';
import { tar } from '../sources/tar.fixture.js';
import { epochOf } from './epoch-of.fixture.js';
import { type Picture, viewsByHand } from './paired-images.fixture.js';

afterAll(stopImageWorkers);

describe('images that are decoded', () => {
  const plan = mocoV2({ size: 6, jitter: false });
  const options: ViewLoaderOptions = { batchSize: 5, rng: createRng(4), workers: 2 };
  const pictureOf = (i: number): Picture => ({
    bytes: pattern((10 + i) * (20 - i) * 3, i + 1),
    height: 10 + i,
    width: 20 - i,
  });
  const pngOf = (i: number) => png(Buffer.from(pictureOf(i).bytes), 10 + i, 20 - i);
  const PAIRS = [3, 8, 1, 2, 0, 9, 8, 5];
  const membersOf = (item: number): readonly [number, number] =>
    item < 10 ? [item, item] : [PAIRS[2 * item - 20]!, PAIRS[2 * item - 19]!];

  /** Ten files: the even ones of class a, 0 to 8, and then the odd ones of class b; the image of position p is `files[p]`. */
  const files = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
  const pathOf = (i: number) => `${'ab'[i % 2]}/${i}.png`;
  const content = async (broken: readonly number[] = []) => {
    const all = files.map(
      async (i) => [pathOf(i), broken.includes(i) ? Buffer.from('no image') : await pngOf(i)] as const,
    );
    return Object.fromEntries(await Promise.all(all));
  };

  async function expectByHand(of: ImageSource, imageAt: (position: number) => number) {
    const items = await epochOf(of, plan, options);
    expect(items.length).toBe(14);
    for (const [position, { index, views }] of items.entries()) {
      const [a, b] = membersOf(index);
      const pictures = [pictureOf(imageAt(a)), pictureOf(imageAt(b))] as const;
      expect(views).toEqual(viewsByHand(plan, pictures, 4, 0, position));
    }
    return items;
  }

  test('of a folder and of tar shards, have their views made of the whole of both', async () => {
    const entries = files.map(async (i) => [
      { name: `${i}.png`, body: await pngOf(i) },
      { name: `${i}.cls`, body: String(i % 2) },
    ]);
    const shards = folderOf({ '0.tar': tar((await Promise.all(entries)).flat()) });
    const folder = pairedSource(await imageFolder(folderOf(await content()), { size: 8 }), PAIRS);
    const items = await expectByHand(folder, (position) => files[position]!);
    const ofShards = pairedSource(await tarShards(`${shards}/0.tar`, { size: 8 }), PAIRS);
    expect(await epochOf(ofShards, plan, options)).toEqual(items);
    expect(await epochOf(ofShards, plan, { ...options, workers: 1, batchSize: 14 })).toEqual(items);
    expect(await epochOf(folder, plan, { ...options, rank: 1, size: 2 })).toEqual(items.filter((_, i) => i % 2 === 1));
    expect(await epochOf(folder, plan, options, 0, 2)).toEqual(items.slice(10));
  });

  test('are the same ones that read() and the loader give, at one size', async () => {
    const folder = await imageFolder(folderOf(await content()), { size: 8 });
    const of = pairedSource(folder, PAIRS);
    expect(of.originals!.images.nameOf(12)).toBe(folder.originals!.images.nameOf(0));
    expect(of.originals!.images.length).toBe(14);
    for await (const batch of loader(of, { batchSize: 14 }).batches(0)) {
      const [first, second] = [batch.images, batch.second!].map((tensor) =>
        Uint8Array.from(tensor.dataSync(), (value) => Math.round(255 * value)),
      );
      expect(first).toEqual(await of.read(batch.indices));
      expect(second).toEqual(await folder.read(Array.from(batch.indices, (item) => membersOf(item)[1])));
      batch.dispose();
    }
  });

  test('are decoded once where they are both of an item', async () => {
    const folder = folderOf(await content());
    const asked: number[] = [];
    const images = {
      name: 'counted',
      length: 10,
      classes: null,
      labels: null,
      at(index: number) {
        asked.push(index);
        return { path: `${folder}/${pathOf(index)}` };
      },
      nameOf: pathOf,
    };
    const of = pairedSource(encodedSource(images, { size: 8 }), PAIRS);
    await expectByHand(of, (position) => position);
    expect(asked.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...PAIRS].sort((a, b) => a - b));
  });

  test('are an error with its name where one cannot be read, whichever of a pair it is', async () => {
    const place = folderOf(await content([7]));
    const strict = await imageFolder(place, { size: 8 });
    for (const pair of [
      [0, 8],
      [8, 0],
    ]) {
      const only = subset(pairedSource(strict, pair), [10]);
      await expect(epochOf(only, plan, options)).rejects.toThrow(/b\/7\.png.*expected an image/);
    }
  });

  test('have the next of their class in the place of one that cannot be read, whichever of a pair it is', async () => {
    // Position 3 is file 6, in whose place comes 8, and 8 is file 7, in whose place comes 9.
    const place = folderOf(await content([6, 7]));
    const lenient = await imageFolder(place, { size: 8, onUnreadable: 'skip' });
    const of = pairedSource(lenient, PAIRS);
    const instead = (position: number) => ({ 6: 8, 7: 9 })[files[position]!] ?? files[position]!;
    const items = await expectByHand(of, instead);
    expect(of.unreadable!.map(({ index, name }) => [index, name.slice(-7)])).toEqual([
      [3, 'a/6.png'],
      [8, 'b/7.png'],
    ]);
    const again = pairedSource(await imageFolder(place, { size: 8, onUnreadable: 'skip' }), PAIRS);
    expect(await epochOf(again, plan, { ...options, workers: 3, batchSize: 3 })).toEqual(items);
    // In a part of the items, too, the same images take their places.
    const part = subset(again, [10, 13]);
    expect(await part.read([0, 1])).toEqual(await lenient.read([3, 8]));
    expect(part.unreadable!.map(({ index }) => index)).toEqual([0, 0]);
    const made = await epochOf(part, plan, { ...options, shuffle: false });
    const by = [3, 8].map(
      (_, at) =>
        [
          [8, 9],
          [9, 1],
        ][at]!.map(pictureOf) as [Picture, Picture],
    );
    expect(made.map(({ views }) => views)).toEqual(by.map((pictures, at) => viewsByHand(plan, pictures, 4, 0, at)));
  });
});
