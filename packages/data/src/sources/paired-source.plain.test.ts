import { expect, test } from 'vitest';
import { type ImageSource, memorySource, pairedSource, subset } from '../index.js';

const bytes = Uint8Array.from({ length: 5 * 4 }, (_, i) => i);
const source = memorySource(bytes, [2, 2, 1], { labels: [1, 0, 1, 2, 0], classes: ['a', 'b', 'c'], name: 'five' });
const PAIRS = [3, 1, 0, 4, 1, 2];

/** Byte by byte. */
const bytesOf = (images: readonly number[]) => images.flatMap((image) => [0, 1, 2, 3].map((i) => 4 * image + i));

test('the items are the images, each with itself, and then the pairs', async () => {
  const paired = pairedSource(source, PAIRS);
  expect(paired).toMatchObject({ name: 'five and 3 pairs', length: 8, shape: [2, 2, 1], classes: ['a', 'b', 'c'] });
  expect(paired.paired!.of).toBe(source);
  expect(paired.paired!.members.map((member) => [...member])).toEqual([
    [0, 1, 2, 3, 4, 3, 0, 1],
    [0, 1, 2, 3, 4, 1, 4, 2],
  ]);
  expect([...paired.labels!]).toEqual([1, 0, 1, 2, 0, 2, 1, 0]);
  expect([...(await paired.read([7, 2, 5, 2]))]).toEqual(bytesOf([1, 2, 3, 2]));
  await expect(paired.read([8])).rejects.toThrow(/Cannot read image 8 of five and 3 pairs: it has images 0 to 7/);
  expect(paired.originals).toBeUndefined();
  expect(paired.unreadable).toBeUndefined();
});

test('pairs are copied, whatever list they come in; without any, every image is left', async () => {
  const pairs = Int32Array.from(PAIRS);
  const paired = pairedSource(source, pairs);
  pairs.fill(0);
  expect([...paired.paired!.members[0]]).toEqual([0, 1, 2, 3, 4, 3, 0, 1]);
  const none = pairedSource(source, []);
  expect(none.length).toBe(5);
  expect(await none.read([0, 1, 2, 3, 4])).toEqual(bytes);
  const unlabelled = pairedSource(memorySource(bytes, [2, 2, 1]), PAIRS);
  expect(unlabelled.labels).toBeNull();
});

test('a subset of a source of pairs is one of these items, and of its images the same ones', async () => {
  const paired = pairedSource(source, PAIRS);
  const part = subset(paired, [6, 2, 7, 5]);
  expect(part.name).toBe('five and 3 pairs, 4 of 8 items');
  expect(part.paired!.of).toBe(source);
  expect(part.paired!.members.map((member) => [...member])).toEqual([
    [0, 2, 1, 3],
    [4, 2, 2, 1],
  ]);
  expect([...part.labels!]).toEqual([1, 1, 0, 2]);
  expect([...(await part.read([3, 0]))]).toEqual(bytesOf([3, 0]));
  const last = subset(subset(part, 3), [2]);
  expect(last.paired!.members.map((member) => [...member])).toEqual([[1], [2]]);
  expect([...(await last.read([0]))]).toEqual(bytesOf([1]));
  await expect(last.read([1])).rejects.toThrow(/images 0 to 0/);
  expect(() => subset(paired, 9)).toThrow(/9 images of five and 3 pairs: it has 8/);
  expect(() => subset(paired, [8])).toThrow(/image 8 of five and 3 pairs/);
  expect(() => subset(paired, [])).toThrow(/at least one/);
});

test('pairs of a subset are of its positions', async () => {
  const paired = pairedSource(subset(source, [4, 3, 1]), [0, 2]);
  expect([...(await paired.read([3]))]).toEqual(bytesOf([4]));
  expect([...(await paired.paired!.of.read(paired.paired!.members[1].subarray(3)))]).toEqual(bytesOf([1]));
  expect([...paired.labels!]).toEqual([0, 2, 0, 0]);
});

test('images that cannot be read are named by the first item that they are in', () => {
  const unreadable = [1, 4].map((index) => ({ index, name: `${index}.png`, reason: 'no image' }));
  const paired = pairedSource({ ...source, unreadable }, PAIRS);
  expect(paired.unreadable).toEqual(unreadable);
  const of = (items: number[]) => subset(paired, items).unreadable!.map(({ index, name }) => [index, name]);
  expect(of([2, 6, 5, 7, 1])).toEqual([
    [2, '1.png'],
    [1, '4.png'],
  ]);
  expect(of([0, 7])).toEqual([[1, '1.png']]);
  expect(of([0, 3])).toEqual([]);
});

const empty: ImageSource = { ...source, name: 'nothing', length: 0, labels: null };

test.each<[string, ImageSource, unknown, typeof RangeError | typeof TypeError, string]>([
  ['an odd number of entries', source, [0, 1, 2], RangeError, 'five by 3 entries: give two for each pair'],
  [
    'an image beyond the last',
    source,
    [0, 1, 2, 5],
    RangeError,
    'images 2 and 5 of five (pair 1): it has images 0 to 4',
  ],
  ['a negative position', source, [-1, 2], RangeError, 'images -1 and 2 of five (pair 0)'],
  ['a position between two', source, [0, 1.5], RangeError, 'images 0 and 1.5 of five'],
  ['NaN', source, new Float32Array([Number.NaN, 1]), RangeError, 'images NaN and 1 of five'],
  ['an image with itself', source, [0, 1, 3, 3], RangeError, 'image 3 of five with itself (pair 1)'],
  ['no images', empty, [], RangeError, 'the images of nothing: it has none'],
  [
    'a source of pairs',
    pairedSource(source, []),
    [0, 1],
    TypeError,
    'Cannot pair five and 0 pairs: it has pairs already',
  ],
  ['a part of one', subset(pairedSource(source, []), 2), [0, 1], TypeError, 'it has pairs already'],
  [
    'pairs of lists',
    source,
    [
      [0, 1],
      [1, 2],
    ],
    TypeError,
    'five: pair 0 has a list for an image, give its position',
  ],
  ['text for a position', source, ['0', '1'], TypeError, 'pair 0 has a string for an image'],
  ['what was mined, not its pairs', source, { images: 5, pairs: [0, 1] }, TypeError, 'by what is no list'],
  ['text', source, '01', TypeError, 'by what is no list'],
  ['nothing', source, null, TypeError, 'by what is no list'],
  ['undefined', source, undefined, TypeError, 'the two images of each pair, one pair after the other'],
])('%s: refused', (_, of, pairs, kind, message) => {
  const make = () => pairedSource(of, pairs as number[]);
  expect(make).toThrow(kind);
  expect(make).toThrow(message);
});
