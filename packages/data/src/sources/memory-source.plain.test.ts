import { expect, test } from 'vitest';
import { memorySource, subset } from '../index.js';

const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
const source = memorySource(bytes, [2, 1, 3], { labels: [3, 1, 0, 2], classes: ['a', 'b', 'c', 'd'], name: 'four' });

test('reads what it was given, as a copy', async () => {
  const read = await source.read([2, 0]);
  expect([...read]).toEqual([12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]);
  read.fill(99);
  expect([...(await source.read([0]))]).toEqual([0, 1, 2, 3, 4, 5]);
});

test.each<[string, () => unknown, RegExp]>([
  ['bytes that are no whole images', () => memorySource(bytes, [5, 1, 1]), /24 bytes.*takes 5 bytes/],
  ['no bytes', () => memorySource(new Uint8Array(0), [2, 2, 1]), /from 0 bytes/],
  ['a shape of two numbers', () => memorySource(bytes, [2, 3] as never), /shape \[2,3\]/],
  ['a size of 0', () => memorySource(bytes, [2, 0, 3]), /each at least 1/],
  ['too few labels', () => memorySource(bytes, [2, 1, 3], { labels: [0] }), /4 images, but 1 labels/],
  ['a negative label', () => memorySource(bytes, [2, 1, 3], { labels: [0, -1, 0, 0] }), /image 1 .* with -1/],
  [
    'a label beyond the classes',
    () => memorySource(bytes, [2, 1, 3], { labels: [0, 0, 1, 0], classes: ['a'] }),
    /0 to 0/,
  ],
])('%s are refused', (_, make, message) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});

test('numbers that are no bytes are refused', () => {
  const make = () => memorySource(new Float32Array(24) as never, [2, 1, 3], { name: 'four' });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/Cannot make four from a Float32Array: give a Uint8Array of bytes 0 to 255/);
});

test('a subset reads and labels its own order', async () => {
  const part = subset(source, [3, 1]);
  expect(part).toMatchObject({ length: 2, shape: [2, 1, 3], classes: ['a', 'b', 'c', 'd'] });
  expect([...part.labels!]).toEqual([2, 1]);
  expect([...(await part.read([1, 0]))]).toEqual([6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23]);
  await expect(part.read([2])).rejects.toThrow(/images 0 to 1/);
});

test('the first n, of a subset too, and without labels', async () => {
  const part = subset(subset(source, 3), 2);
  expect([...part.labels!]).toEqual([3, 1]);
  expect(subset(memorySource(bytes, [2, 1, 3]), 2).labels).toBeNull();
});

test.each<[number | number[], RegExp]>([
  [5, /5 images of four: it has 4/],
  [-1, /-1 images/],
  [1.5, /1.5 images/],
  [0, /at least one/],
  [[], /at least one/],
  [[0, 4], /image 4 of four/],
])('subset %j is refused', (which, message) => {
  expect(() => subset(source, which)).toThrow(RangeError);
  expect(() => subset(source, which)).toThrow(message);
});
