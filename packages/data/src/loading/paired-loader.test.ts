import { createRng } from '@hcsc/random';
import { add, dispose, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type ImageSource,
  loader,
  pairedSource,
  stopImageWorkers,
  subset,
  type Transform,
  view,
  views,
} from '../index.js';
import { H, ITEMS, membersOf, N, orderOf, PAIRS, paired, pictureOf, source, W } from './paired-images.fixture.js';

afterAll(stopImageWorkers);

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
