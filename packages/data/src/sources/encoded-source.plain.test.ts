import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stopImageWorkers } from '../loading/image-workers.js';
import { type DecodingOptions, encodedSource } from './encoded-source.js';
import { folderOf, pattern, png } from './image-files.fixture.js';
import { subset } from './subset.js';

afterAll(stopImageWorkers);

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

test('what is known to be unreadable is not tried again in the place of another', async () => {
  const folder = folderOf({ good: await png(pattern(8 * 8 * 3), 8, 8), bad: 'no image' });
  const asked: number[] = [];
  const many = encodedSource(
    {
      ...images,
      length: 50,
      at(index) {
        asked.push(index);
        return { path: join(folder, index === 40 ? 'good' : 'bad') };
      },
    },
    { size: 4, onUnreadable: 'skip', workers: 1 },
  );
  const good = await many.read([40]);
  asked.length = 0;
  expect(await many.read([0])).toEqual(good);
  expect(asked).toEqual(Array.from({ length: 41 }, (_, i) => i));
  for (const [source, index] of [
    [many, 3],
    [subset(many, [7, 3, 40]), 1],
  ] as const) {
    asked.length = 0;
    expect(await source.read([index])).toEqual(good);
    expect(asked).toEqual([3, 40]);
  }
  expect(many.unreadable.map((image) => image.index)).toEqual(Array.from({ length: 40 }, (_, i) => i));
});
