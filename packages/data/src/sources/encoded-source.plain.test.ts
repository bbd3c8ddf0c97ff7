import { expect, test } from 'vitest';
import { type DecodingOptions, encodedSource } from './encoded-source.js';

const images = {
  name: 'none',
  length: 1,
  classes: null,
  labels: null,
  at: () => ({ path: 'nowhere' }),
  nameOf: () => 'nowhere',
};

test.each<[DecodingOptions, RegExp]>([
  [{ size: 0 }, /size \[0,0\]: give \[height, width\], integers of at least 1/],
  [{ size: Number.NaN }, /size \[NaN,NaN\]/],
  [{ size: [3, 2.5] }, /size \[3,2.5\]/],
  [{ size: 8, resize: 7 }, /resized to 7: give an integer of at least 8/],
  [{ channels: 4 as 3 }, /4 channels: give 1 or 3/],
  [{ workers: 0 }, /0 workers: give an integer of at least 1/],
  [{ workers: Number.NaN }, /NaN workers/],
  [{ onUnreadable: 'ignore' as 'skip' }, /onUnreadable 'ignore': give 'throw' or 'skip'/],
])('%j is refused', (options, message) => {
  expect(() => encodedSource(images, options)).toThrow(RangeError);
  expect(() => encodedSource(images, options)).toThrow(message);
});
