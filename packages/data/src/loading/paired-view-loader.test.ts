import { createRng } from '@hcsc/random';
import { add, dispose, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import {
  centerCrop,
  type ImageSource,
  pairedSource,
  resize,
  stopImageWorkers,
  subset,
  type Transform,
  view,
  viewLoader,
  views,
} from '../index.js';
import { epochOf } from './epoch-of.fixture.js';
import {
  bytes,
  H,
  ITEMS,
  membersOf,
  N,
  orderOf,
  PAIRS,
  paired,
  pictureOf,
  plan,
  source,
  viewsByHand,
  W,
} from './paired-images.fixture.js';

afterAll(stopImageWorkers);

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
