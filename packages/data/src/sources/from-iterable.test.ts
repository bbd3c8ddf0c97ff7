import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memory, scalar, type Tensor3D, tensor1d, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
import { array, generator } from '@tensorflow/tfjs-data';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromIterable, type ImageItem } from '../index.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();
const SHAPE: [number, number, number] = [2, 3, 1];
/** The bytes of the i-th image. */
const bytesOf = (i: number) => Array.from({ length: 6 }, (_, k) => (37 * i + 51 * k) % 256);
const imageOf = (i: number) => tensor3d(bytesOf(i), SHAPE, 'int32');

let before: number;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => expect(memory().numTensors).toBe(before));

/** An iterable that notes how it is used; the item is made when it is asked for. */
function watched(item: (i: number) => unknown, count = Number.POSITIVE_INFINITY) {
  const seen = { asked: 0, returned: 0 };
  const items: AsyncIterable<ImageItem> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (seen.asked >= count) return { done: true, value: undefined };
        return { done: false, value: item(seen.asked++) as ImageItem };
      },
      async return() {
        seen.returned++;
        return { done: true, value: undefined };
      },
    }),
  };
  return { seen, items };
}

const everything = [3, 0, 2, 0, 1];
const expected = everything.flatMap(bytesOf);

test.each<[string, (i: number) => unknown, number[] | null]>([
  ['int32 tensors', imageOf, null],
  [
    'float32 tensors',
    (i) =>
      tensor3d(
        bytesOf(i).map((byte) => byte / 255),
        SHAPE,
      ),
    null,
  ],
  ['{ image, label }', (i) => ({ image: imageOf(i), label: 3 - i }), [3, 2, 1, 0]],
  ['{ image, label } with a tensor', (i) => ({ image: imageOf(i), label: scalar(i, 'int32') }), [0, 1, 2, 3]],
  ['{ image } alone', (i) => ({ image: imageOf(i) }), null],
  ['{ xs, ys }, and more beside', (i) => ({ xs: imageOf(i), ys: tensor1d([2 * i]), weight: scalar(1) }), [0, 2, 4, 6]],
  ['bytes', (i) => ({ data: Uint8Array.from(bytesOf(i)), height: 2, width: 3, channels: 1 }), null],
  [
    'bytes that are a part, with labels',
    (i) => ({
      image: { data: new Uint8ClampedArray([9, ...bytesOf(i), 9]).subarray(1, 7), height: 2, width: 3, channels: 1 },
      label: i,
    }),
    [0, 1, 2, 3],
  ],
])('%s, in memory and in a file', async (_, item, labels) => {
  for (const spool of [undefined, join(folder.path, 'spool.bin')]) {
    const { items, seen } = watched(item, 4);
    const source = await fromIterable(items, { spool, name: 'four' });
    expect(source).toMatchObject({ name: 'four', length: 4, shape: SHAPE, classes: null });
    expect(source.labels && [...source.labels]).toEqual(labels);
    expect([...(await source.read(everything))]).toEqual(expected);
    await expect(source.read([4])).rejects.toThrow('Cannot read image 4 of four: it has images 0 to 3');
    expect(seen).toEqual({ asked: 4, returned: 0 });
  }
});

test('a sync iterable, a generator and tf.data', async () => {
  const pieces = Array.from({ length: 4 }, (_, i) => ({ xs: bytesOf(i), ys: i }));
  const dataset = array(pieces).map((piece) => ({
    xs: tensor3d((piece as (typeof pieces)[0]).xs, SHAPE, 'int32'),
    ys: scalar((piece as (typeof pieces)[0]).ys),
  }));
  async function* some() {
    for (let i = 0; i < 4; i++) yield { image: imageOf(i), label: i };
  }
  const generated = generator(function* () {
    for (let i = 0; i < 4; i++) yield { xs: imageOf(i), ys: scalar(i, 'int32') };
  });
  for (const items of [
    pieces.map(({ xs, ys }) => ({ xs: tensor3d(xs, SHAPE, 'int32'), ys })),
    some(),
    dataset,
    generated,
  ]) {
    const source = await fromIterable(items, { classes: ['a', 'b', 'c', 'd'] });
    expect([...source.labels!]).toEqual([0, 1, 2, 3]);
    expect([...(await source.read(everything))]).toEqual(expected);
  }
});

test('limit stops an endless stream, without asking for more', async () => {
  const { items, seen } = watched(imageOf);
  expect((await fromIterable(items, { limit: 3 })).length).toBe(3);
  expect(seen).toEqual({ asked: 3, returned: 1 });
  for (const limit of [0, 1.5, Number.NaN]) {
    await expect(fromIterable([], { limit })).rejects.toThrow(/limit must be an integer of at least 1/);
  }
});

test('images of more than one chunk', async () => {
  // 16 MiB hold 5 of these.
  const side = 1024;
  const image = (i: number) => ({
    data: new Uint8Array(3 * side * side).fill(i + 1),
    height: side,
    width: side,
    channels: 3,
  });
  for (const spool of [undefined, join(folder.path, 'large.bin')]) {
    const source = await fromIterable(watched(image, 7).items, { spool });
    const read = await source.read([6, 4, 5]);
    expect([0, 1, 2].map((k) => [read.indexOf(k === 0 ? 7 : k + 4), read.lastIndexOf(k === 0 ? 7 : k + 4)])).toEqual(
      [0, 1, 2].map((k) => [k * 3 * side * side, (k + 1) * 3 * side * side - 1]),
    );
  }
});

test('no more than maxBytes are held, which a spool has no need of', async () => {
  const { items, seen } = watched(imageOf);
  await expect(fromIterable(items, { maxBytes: 17 })).rejects.toThrow(
    /more than 2 images of images from an iterable: the next makes it more than maxBytes, 17 bytes. Give a limit/,
  );
  expect(seen).toEqual({ asked: 3, returned: 1 });
  expect((await fromIterable(watched(imageOf, 3).items, { maxBytes: 18 })).length).toBe(3);
  const spool = join(folder.path, 'beyond.bin');
  expect((await fromIterable(watched(imageOf, 5).items, { maxBytes: 1, spool })).length).toBe(5);
  await expect(fromIterable([], { maxBytes: 0 })).rejects.toThrow(/maxBytes must be at least 1/);
});

test('a spool has the bytes and nothing else, and comes into its place when all are there', async () => {
  const spool = folder.write('own/spool.bin', 'what was there before');
  const { items } = watched((i) => (i < 4 ? imageOf(i) : tensor3d([1], [1, 1, 1], 'int32')), 5);
  await expect(fromIterable(items, { spool })).rejects.toThrow(/item 4/);
  expect(readFileSync(spool, 'utf8')).toBe('what was there before');
  expect(readdirSync(join(folder.path, 'own'))).toEqual(['spool.bin']);
  await fromIterable(watched(imageOf, 4).items, { spool });
  expect([...readFileSync(spool)]).toEqual([0, 1, 2, 3].flatMap(bytesOf));
  expect(readdirSync(join(folder.path, 'own'))).toEqual(['spool.bin']);
});

const ok = (i: number) => ({ image: imageOf(i), label: 0 });
const at2 = (item: () => unknown) => (i: number) => (i === 2 ? item() : ok(i));

describe('an item that is refused is named, its tensors are disposed and the iterator is closed', () => {
  test.each<[string, (i: number) => unknown, new (message: string) => Error, RegExp]>([
    [
      'another size',
      at2(() => ({ image: tensor3d(bytesOf(0), [3, 2, 1], 'int32'), label: 0 })),
      RangeError,
      /item 2 .*\[3,2,1\], but all images must be \[2,3,1\]/,
    ],
    ['a batch', () => tensor4d([1], [1, 1, 1, 1]), TypeError, /item 0 .*shape \[1,1,1,1\]; .*not a batch/],
    ['booleans', () => tensor3d([1], [1, 1, 1], 'bool'), TypeError, /tensor of bool; an image is int32/],
    [
      'float32 beyond 1',
      at2(() => ({ image: tensor3d([0, 0, 0, 0, 1.5, 0], SHAPE), label: 0 })),
      RangeError,
      /item 2 .*values 0 to 1, but it has 1.5 at 4/,
    ],
    ['NaN', () => tensor3d([0, Number.NaN, 0], [3, 1, 1]), RangeError, /NaN at 1/],
    [
      'int32 beyond 255',
      () => tensor3d([0, 256], [2, 1, 1], 'int32'),
      RangeError,
      /values 0 to 255, but it has 256 at 1/,
    ],
    ['int32 below 0', () => tensor3d([-1, 256], [2, 1, 1], 'int32'), RangeError, /has -1 at 0/],
    [
      'a disposed tensor',
      () => {
        const image = imageOf(0);
        image.dispose();
        return image;
      },
      TypeError,
      /disposed already/,
    ],
    ['a label missing', at2(() => imageOf(2)), RangeError, /item 2 .*has no label, those before it have one/],
    [
      'a label too many',
      (i) => (i === 2 ? ok(2) : imageOf(i)),
      RangeError,
      /item 2 .*has label 0, those before it have none/,
    ],
    [
      'a one-hot label',
      at2(() => ({ xs: imageOf(2), ys: tensor1d([0, 1]) })),
      TypeError,
      /label of item 2 .*shape \[2\].*argMax/,
    ],
    [
      'a label that is text',
      at2(() => ({ image: imageOf(2), label: 'cat' })),
      TypeError,
      /label of item 2 .*is a string/,
    ],
    [
      'a label beyond the classes',
      at2(() => ({ image: imageOf(2), label: 3 })),
      RangeError,
      /label item 2 .* with 3: labels are 0 to 2/,
    ],
    ['half a label', at2(() => ({ image: imageOf(2), label: scalar(0.5) })), RangeError, /with 0.5/],
    ['a number', () => 7, TypeError, /item 0 .*: 7 is no image; give a Tensor3D/],
    ['nothing', () => undefined, TypeError, /undefined is no image/],
    ['other fields', () => ({ picture: imageOf(0), label: 0 }), TypeError, /an object with picture, label is no image/],
    ['an array of pixels', () => ({ data: [1, 2], height: 2, width: 1, channels: 1 }), TypeError, /no image/],
    [
      'bytes of another number',
      () => ({ data: new Uint8Array(5), height: 2, width: 3, channels: 1 }),
      RangeError,
      /5 values are no image of \[2,3,1\]/,
    ],
    [
      'bytes without a width',
      () => ({ data: new Uint8Array(5), height: 5, channels: 1 }),
      RangeError,
      /5 values are no image of \[5,NaN,1\]/,
    ],
    [
      'a size that is negative',
      () => ({ data: new Uint8Array(6), height: -2, width: -3, channels: 1 }),
      RangeError,
      /no image of \[-2,-3,1\]/,
    ],
  ])('%s', async (_, item, error, message) => {
    for (const spool of [undefined, join(folder.path, 'refused.bin')]) {
      const { items, seen } = watched(item);
      const refused = await fromIterable(items, { spool, classes: ['a', 'b', 'c'] }).catch((thrown) => thrown);
      expect(refused).toBeInstanceOf(error);
      expect(refused.message).toMatch(message);
      expect(seen.returned).toBe(1);
      expect(readdirSync(folder.path).filter((name) => name.startsWith('refused'))).toEqual([]);
    }
  });

  test('a shape that is asked for holds for the first too', async () => {
    await expect(fromIterable([imageOf(0)], { shape: [3, 2, 1] })).rejects.toThrow(/item 0 .*must be \[3,2,1\]/);
    await expect(fromIterable([], { shape: [3, 0, 1] })).rejects.toThrow(/each at least 1/);
  });
});

test('what the iterable throws is passed on; it has ended then', async () => {
  let closed = 0;
  const items = {
    [Symbol.iterator]: () => {
      let i = 0;
      return {
        next(): IteratorResult<Tensor3D> {
          if (i === 2) throw new Error('the camera fell');
          return { done: false, value: imageOf(i++) };
        },
        return() {
          closed++;
          return { done: true as const, value: undefined };
        },
      };
    },
  };
  const spool = join(folder.path, 'fell.bin');
  await expect(fromIterable(items, { spool })).rejects.toThrow('the camera fell');
  expect(closed).toBe(0);
  expect(existsSync(spool)).toBe(false);
});

test('no image, and no iterable', async () => {
  await expect(fromIterable([])).rejects.toThrow('Cannot make a source of images from an iterable: there was no image');
  await expect(fromIterable(7 as never)).rejects.toThrow(TypeError);
  await expect(fromIterable(null as never)).rejects.toThrow(/give an iterable/);
  await expect(fromIterable([], { spool: join(folder.path, 'none.bin') })).rejects.toThrow(/no image/);
  expect(existsSync(join(folder.path, 'none.bin'))).toBe(false);
});
