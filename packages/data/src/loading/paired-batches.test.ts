import { createRng, restoreRng } from '@hcsc/random';
import { add, dispose, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { applyStep } from '../host/apply-step.js';
import { canvas } from '../host/canvas.js';
import {
  centerCrop,
  colorJitter,
  gaussianBlur,
  type ImageSource,
  imageFolder,
  loader,
  memorySource,
  mocoV2,
  pairedSource,
  randomResizedCrop,
  resize,
  stopImageWorkers,
  subset,
  type Transform,
  tarShards,
  type ViewLoaderOptions,
  type ViewPlan,
  view,
  viewLoader,
  views,
} from '../index.js';
import { encodedSource } from '../sources/encoded-source.js';
import { folderOf, pattern, png } from '../sources/image-files.fixture.js';
import { tar } from '../sources/tar.fixture.js';
import { splitPlan } from '../views/split-plan.js';
import { epochOf } from './epoch-of.fixture.js';

afterAll(stopImageWorkers);

const N = 11;
const [H, W] = [9, 7];
const bytes = pattern(N * H * W * 3);
const source = memorySource(bytes, [H, W, 3], {
  labels: Array.from({ length: N }, (_, i) => i % 3),
  name: 'eleven',
});
const PAIRS = [3, 1, 0, 4, 1, 2, 10, 9, 4, 0, 7, 8, 2, 10];
const ITEMS = N + PAIRS.length / 2;
const paired = pairedSource(source, PAIRS);
const membersOf = (item: number): readonly [number, number] =>
  item < N ? [item, item] : [PAIRS[2 * (item - N)]!, PAIRS[2 * (item - N) + 1]!];
const orderOf = (seed: number, epoch: number) => [
  ...createRng(seed).fork(`order of epoch ${epoch}`).permutation(ITEMS),
];

/** Three views: the second is not the last. */
const plan = views(
  view(randomResizedCrop(6, { scale: [0.3, 1], flip: 0.5 }), colorJitter({ brightness: 0.4, hue: 0.1, p: 0.8 })),
  view(randomResizedCrop([4, 5]), gaussianBlur({ sigma: [0.1, 1], p: 0.5 })),
  view(randomResizedCrop(3)),
);

/** An image of its own, `[height, width, 3]`. */
interface Picture {
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly width: number;
}

const pictureOf = (image: number): Picture => ({
  bytes: bytes.subarray(image * H * W * 3, (image + 1) * H * W * 3),
  height: H,
  width: W,
});

/** One view after the other, each on its own: the second of the second picture, all others of the first. */
function viewsByHand(of: ViewPlan, pictures: readonly [Picture, Picture], seed: number, epoch: number, at: number) {
  const working = canvas();
  const streams = restoreRng(createRng(seed).fork(`views of epoch ${epoch}`).state());
  return splitPlan(of).host.map((steps, view) => {
    const picture = pictures[view === 1 ? 1 : 0];
    working.load(picture.bytes, picture.height, picture.width, 3);
    const rng = streams.fork(`${at} ${view}`);
    for (const step of steps) applyStep(working, step, rng);
    const values = new Float32Array(working.height * working.width * 3);
    working.write(values, 0);
    return [...values];
  });
}

describe('loader', () => {
  /** Every item of an epoch: its place in the source, its label, the bytes of both its images. */
  async function itemsOf(of: ImageSource, options: Parameters<typeof loader>[1], epoch = 0, from = 0) {
    const items: { item: number; label: number; first: number[]; second: number[] }[] = [];
    for await (const batch of loader(of, options).batches(epoch, { from })) {
      const n = batch.indices.length;
      expect(batch.images.shape).toEqual([n, H, W, 3]);
      expect(batch.second!.shape).toEqual([n, H, W, 3]);
      expect(batch.second!.dtype).toBe('float32');
      const [first, second] = [batch.images, batch.second!].map((tensor) =>
        Array.from(tensor.dataSync(), (value) => Math.round(255 * value)),
      );
      batch.indices.forEach((item, i) => {
        const own = (all: number[]) => all.slice(i * H * W * 3, (i + 1) * H * W * 3);
        items.push({ item, label: batch.labels![i]!, first: own(first!), second: own(second!) });
      });
      batch.dispose();
    }
    return items;
  }

  test('gives both images of every item, in the order of the epoch, and frees them', async () => {
    const before = memory().numTensors;
    const items = await itemsOf(paired, { batchSize: 4, rng: createRng(3) }, 2);
    expect(items.map(({ item }) => item)).toEqual(orderOf(3, 2));
    for (const { item, label, first, second } of items) {
      const [a, b] = membersOf(item);
      expect(label).toBe(a % 3);
      expect(first).toEqual([...pictureOf(a).bytes]);
      expect(second).toEqual([...pictureOf(b).bytes]);
    }
    expect(memory().numTensors).toBe(before);
  });

  test('goes on from any batch, and in parts for several ranks', async () => {
    const options = { batchSize: 4, rng: createRng(1) };
    const whole = await itemsOf(paired, options, 1);
    expect(whole.length).toBe(ITEMS);
    for (const from of [1, 2, 4]) expect(await itemsOf(paired, options, 1, from)).toEqual(whole.slice(4 * from));
    for (const rank of [0, 1, 2]) {
      const part = await itemsOf(paired, { ...options, rank, size: 3, prefetch: 3 }, 1);
      expect(part).toEqual(whole.filter((_, position) => position % 3 === rank));
    }
    const cut = await itemsOf(paired, { ...options, dropLast: true }, 1);
    expect(cut).toEqual(whole.slice(0, ITEMS - (ITEMS % 4)));
  });

  test('gives a second image of pairs only', async () => {
    for await (const batch of loader(source, { batchSize: N }).batches(0)) {
      expect(batch.second).toBeNull();
      batch.dispose();
    }
    for await (const batch of loader(pairedSource(source, []), { batchSize: N }).batches(0)) {
      expect([...batch.second!.dataSync()]).toEqual([...batch.images.dataSync()]);
      batch.dispose();
    }
  });

  test('reads an image that is both of an item once', async () => {
    const asked: number[][] = [];
    const counted: ImageSource = {
      ...source,
      read(indices) {
        asked.push(Array.from(indices));
        return source.read(indices);
      },
    };
    for await (const batch of loader(pairedSource(counted, PAIRS), { batchSize: 7 }).batches(0)) batch.dispose();
    expect(asked).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [7, 8, 9, 10, 3, 0, 1, 1, 4, 2],
      [10, 4, 7, 2, 9, 0, 8, 10],
    ]);
  });

  test('takes a part of the items', async () => {
    const items = await itemsOf(subset(paired, [13, 2, 11]), { batchSize: 2 });
    expect(items.map(({ item }) => item)).toEqual([0, 1, 2]);
    expect(items.map(({ first }) => first)).toEqual([1, 2, 3].map((image) => [...pictureOf(image).bytes]));
    expect(items.map(({ second }) => second)).toEqual([2, 2, 1].map((image) => [...pictureOf(image).bytes]));
  });

  test('passes on what goes wrong, and leaves nothing behind', async () => {
    const before = memory().numTensors;
    const broken: ImageSource = { ...source, read: async () => Promise.reject(new Error('disk on fire')) };
    await expect(itemsOf(pairedSource(broken, PAIRS), { batchSize: 2 })).rejects.toThrow('disk on fire');
    const short: ImageSource = { ...source, read: async (indices) => new Uint8Array(indices.length * 8) };
    await expect(itemsOf(pairedSource(short, PAIRS), { batchSize: ITEMS })).rejects.toThrow(
      'batch of eleven: 25 images of [9,7,3] are 4725 bytes, but read() gave 200',
    );
    for await (const batch of loader(paired, { batchSize: 2 }).batches(0)) {
      batch.dispose();
      if (batch.index === 1) break;
    }
    expect(memory().numTensors).toBe(before);
  });

  test('lets a plan make its second view of the second images on the device', async () => {
    const own: Transform = (images) => add(images, 1) as Tensor4D;
    const before = memory().numTensors;
    for await (const batch of loader(paired, { batchSize: ITEMS }).batches(0)) {
      const [first, second] = views(view(), view(own)).apply([batch.images, batch.second!], createRng(0));
      expect(first).toBeAllclose(batch.images, 0);
      const expected = Array.from(batch.second!.dataSync(), (value) => Math.fround(value + 1));
      expect([...second.dataSync()]).toEqual(expected);
      dispose([first, second]);
      batch.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });
});

describe('viewLoader', () => {
  const options = { batchSize: 4, rng: createRng(3), workers: 2 };

  test('makes every view of an epoch as it is made by hand, the second of the second image', async () => {
    const before = memory().numTensors;
    const items = await epochOf(paired, plan, options, 2);
    expect(items.map(({ index }) => index)).toEqual(orderOf(3, 2));
    for (const [position, { index, label, views }] of items.entries()) {
      const [a, b] = membersOf(index);
      expect(label).toBe(a % 3);
      expect(views).toEqual(viewsByHand(plan, [pictureOf(a), pictureOf(b)], 3, 2, position));
    }
    expect(memory().numTensors).toBe(before);
  });

  test('makes the same with another number of workers, batches of another size, and further ahead', async () => {
    const whole = await epochOf(paired, plan, options, 1);
    expect(await epochOf(paired, plan, { ...options, workers: 1 }, 1)).toEqual(whole);
    expect(await epochOf(paired, plan, { ...options, workers: 3, batchSize: ITEMS }, 1)).toEqual(whole);
    expect(await epochOf(paired, plan, { ...options, batchSize: 5, prefetch: 4 }, 1)).toEqual(whole);
  });

  test('makes the same from any batch on, and in parts for several ranks', async () => {
    const whole = await epochOf(paired, plan, options, 1);
    for (const from of [1, 3, 4]) expect(await epochOf(paired, plan, options, 1, from)).toEqual(whole.slice(4 * from));
    for (const rank of [0, 1, 2]) {
      const part = await epochOf(paired, plan, { ...options, rank, size: 3 }, 1);
      expect(part).toEqual(whole.filter((_, position) => position % 3 === rank));
    }
  });

  test('gives without pairs, bit for bit, what the source gives', async () => {
    expect(await epochOf(pairedSource(source, []), plan, options)).toEqual(await epochOf(source, plan, options));
  });

  test('draws the view of a pair, and of an image with itself, by its place alone', async () => {
    // Two sources that differ in who the partners are: first views are equal, and second ones where partners are.
    const others = PAIRS.map((image, i) => (i % 4 === 1 ? (image + 5) % N : image));
    const one = await epochOf(paired, plan, options);
    const two = await epochOf(pairedSource(source, others), plan, options);
    for (const [position, { index, views }] of one.entries()) {
      const [first, second, third] = two[position]!.views;
      expect([first, third]).toEqual([views[0], views[2]]);
      const same = index < N || (index - N) % 2 === 1;
      if (same) expect(second).toEqual(views[1]);
      else expect(second).not.toEqual(views[1]);
    }
  });

  test('makes views of a part of the items', async () => {
    const part = await epochOf(subset(paired, [13, 2, 11]), plan, { ...options, shuffle: false });
    const pictures = [
      [1, 2],
      [2, 2],
      [3, 1],
    ].map(([a, b]) => [pictureOf(a!), pictureOf(b!)] as const);
    expect(part.map(({ views }) => views)).toEqual(pictures.map((both, at) => viewsByHand(plan, both, 3, 0, at)));
  });

  test('leaves what is not its own to the device', async () => {
    const own: Transform = (images) => add(images, 1) as Tensor4D;
    const mixed = views(view(own), view(centerCrop(5), own));
    const before = memory().numTensors;
    const made = viewLoader(paired, mixed, { ...options, batchSize: ITEMS, shuffle: false });
    for await (const batch of made.batches(0)) {
      const [first, second] = made.plan.apply(batch.views, createRng(0));
      const pixel = (image: number, y: number, x: number) => bytes[((image * H + y) * W + x) * 3]! / 255 + 1;
      const [whole, cut] = [first!.arraySync(), second!.arraySync()];
      for (let item = 0; item < ITEMS; item++) {
        const [a, b] = membersOf(item);
        expect(whole[item]![8]![6]![0]).toBeCloseTo(pixel(a, 8, 6), 5);
        expect(cut[item]![0]![0]![0]).toBeCloseTo(pixel(b, 2, 1), 5);
      }
      dispose([first!, second!]);
      batch.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });

  test('leaves no tensor when it is left early or the source fails', async () => {
    const before = memory().numTensors;
    for await (const batch of viewLoader(paired, plan, options).batches(0)) {
      batch.dispose();
      if (batch.index === 1) break;
    }
    const short: ImageSource = { ...source, read: async (indices) => new Uint8Array(indices.length) };
    await expect(epochOf(pairedSource(short, PAIRS), plan, options)).rejects.toThrow(/images of \[9,7,3\] are/);
    expect(memory().numTensors).toBe(before);
  });

  test('refuses a plan that cannot show both images', () => {
    const make = (of: ImageSource) => () => viewLoader(of, views(view(resize(4))), options);
    expect(make(paired)).toThrow(RangeError);
    expect(make(paired)).toThrow(
      'both images of the pairs of eleven and 7 pairs in one view: give a plan of two or more',
    );
    expect(make(source)).not.toThrow();
    expect(() => viewLoader(paired, views(view(centerCrop(20)), view(resize(4))), options)).toThrow(/20 x 20/);
  });
});

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
