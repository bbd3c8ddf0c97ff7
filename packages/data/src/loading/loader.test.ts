import { createRng } from '@hcsc/random';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type ImageSource, type LoaderOptions, loader, memorySource } from '../index.js';

const N = 23;
const source = memorySource(
  Uint8Array.from({ length: N * 4 }, (_, i) => (i * 37) % 256),
  [2, 2, 1],
  { labels: Array.from({ length: N }, (_, i) => i % 3) },
);

async function indicesOf(options: LoaderOptions, epoch = 0, from = 0): Promise<number[][]> {
  const result: number[][] = [];
  for await (const batch of loader(source, options).batches(epoch, { from })) {
    result.push([...batch.indices]);
    expect(batch.index).toBe(from + result.length - 1);
    batch.dispose();
  }
  return result;
}

test('pixels are byte / 255, in the order of the indices, with their labels', async () => {
  const before = memory().numTensors;
  for await (const batch of loader(source, { batchSize: 5, rng: createRng(3) }).batches(1)) {
    const n = batch.indices.length;
    expect(batch.images.shape).toEqual([n, 2, 2, 1]);
    expect(batch.images.dtype).toBe('float32');
    const bytes = await source.read(batch.indices);
    expect(batch.images).toBeAllclose({ shape: [n, 2, 2, 1], data: Array.from(bytes, (b) => b / 255) }, 1e-7);
    expect([...batch.labels!]).toEqual(Array.from(batch.indices, (i) => i % 3));
    batch.dispose();
  }
  expect(memory().numTensors).toBe(before);
});

describe('order', () => {
  test('file order without rng, every image once', async () => {
    const batches = await indicesOf({ batchSize: 5 });
    expect(batches.map((b) => b.length)).toEqual([5, 5, 5, 5, 3]);
    expect(batches.flat()).toEqual(Array.from({ length: N }, (_, i) => i));
  });

  test('shuffled by seed and epoch, whatever was drawn before', async () => {
    const used = createRng(7);
    used.uniform();
    const first = await indicesOf({ batchSize: 5, rng: createRng(7) });
    expect(await indicesOf({ batchSize: 5, rng: used })).toEqual(first);
    expect(await indicesOf({ batchSize: 5, rng: createRng(8) })).not.toEqual(first);
    expect(await indicesOf({ batchSize: 5, rng: createRng(7) }, 1)).not.toEqual(first);
    expect(first.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: N }, (_, i) => i));
  });

  test('rng with shuffle: false keeps file order', async () => {
    expect((await indicesOf({ batchSize: N, rng: createRng(7), shuffle: false }))[0]![5]).toBe(5);
  });

  test('goes on from any batch', async () => {
    const whole = await indicesOf({ batchSize: 4, rng: createRng(1) }, 2);
    for (let from = 0; from <= whole.length; from++) {
      expect(await indicesOf({ batchSize: 4, rng: createRng(1) }, 2, from)).toEqual(whole.slice(from));
    }
  });

  test('dropLast leaves the ragged batch out', async () => {
    const options = { batchSize: 5, rng: createRng(1), dropLast: true };
    expect((await indicesOf(options)).map((b) => b.length)).toEqual([5, 5, 5, 5]);
    expect(loader(source, options).batchesPerEpoch).toBe(4);
    expect((await indicesOf(options)).flat()).toEqual(
      (await indicesOf({ ...options, dropLast: false })).flat().slice(0, 20),
    );
  });

  test('the parts of all ranks are the epoch; with dropLast they are equally long', async () => {
    const part = async (rank: number, dropLast: boolean) =>
      (await indicesOf({ batchSize: 3, rng: createRng(5), rank, size: 4, dropLast })).flat();
    const parts = await Promise.all([0, 1, 2, 3].map((rank) => part(rank, false)));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: N }, (_, i) => i));
    const [whole] = await indicesOf({ batchSize: N, rng: createRng(5) });
    expect(parts[1]).toEqual(whole!.filter((_, i) => i % 4 === 1));
    const even = await Promise.all([0, 1, 2, 3].map((rank) => part(rank, true)));
    expect(even.map((p) => p.length)).toEqual([3, 3, 3, 3]);
    expect(new Set(even.flat()).size).toBe(12);
  });
});

test('one batch is read ahead, and leaving early leaves nothing behind', async () => {
  const asked: number[] = [];
  const counted: ImageSource = {
    ...source,
    read(indices) {
      asked.push(indices[0]!);
      return asked.length === 3 ? Promise.reject(new Error('disk on fire')) : source.read(indices);
    },
  };
  const before = memory().numTensors;
  for await (const batch of loader(counted, { batchSize: 2 }).batches(0)) {
    expect(asked).toEqual(batch.index === 0 ? [0, 2] : [0, 2, 4]);
    batch.dispose();
    if (batch.index === 1) break; // the third read fails unheard
  }
  expect(memory().numTensors).toBe(before);
});

test('an error of the source reaches the consumer', async () => {
  const broken: ImageSource = { ...source, read: async () => Promise.reject(new Error('disk on fire')) };
  await expect(loader(broken, { batchSize: 2 }).batches(0)[Symbol.asyncIterator]().next()).rejects.toThrow(/on fire/);
  const short: ImageSource = { ...source, read: async () => new Uint8Array(3) };
  await expect(loader(short, { batchSize: 2 }).batches(0)[Symbol.asyncIterator]().next()).rejects.toThrow(
    /2 images of \[2,2,1\] are 8 bytes, but read\(\) gave 3/,
  );
});

test.each<[LoaderOptions, RegExp]>([
  [{ batchSize: 0 }, /batches of 0 images/],
  [{ batchSize: 2.5 }, /batches of 2.5 images/],
  [{ batchSize: 2, shuffle: true }, /give rng/],
  [{ batchSize: 2, rank: 2, size: 2 }, /part 2 of 2/],
  [{ batchSize: 2, rank: -1 }, /part -1 of 1/],
  [{ batchSize: 24, dropLast: true }, /batch of 24 .*23 images, give a smaller batchSize or dropLast: false/],
  [{ batchSize: 1, rank: 30, size: 40 }, /part 30 of 40/],
])('%j is refused', (options, message) => {
  expect(() => loader(source, options)).toThrow(message);
});

test('epochs and starts that do not exist are refused', () => {
  const batches = loader(source, { batchSize: 5 });
  expect(() => batches.batches(-1)).toThrow(/epoch -1/);
  expect(() => batches.batches(0, { from: 6 })).toThrow(/batches 0 to 4/);
});
