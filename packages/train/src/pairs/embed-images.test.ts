import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource, UnreadableImage } from '@hcsc/data';
import { rawPixels } from '@hcsc/eval';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { mean, mul, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { folder } from '../toy-run.fixture.js';
import { type EmbedImagesOptions, embedImages } from './embed-images.js';
import { embeddingParts } from './embedding-parts.js';
import type { OpenEncoder } from './mining-encoder.js';
import type { MiningIdentity } from './mining-identity.js';
import { kinds } from './pairs.fixture.js';

const identity: MiningIdentity = { plan: { share: 1 }, encoder: {} };
const chosen = Int32Array.from({ length: 30 }, (_, i) => i);

function embed(encoder: OpenEncoder, changes: Partial<EmbedImagesOptions> & { identity?: MiningIdentity } = {}) {
  const notices: string[] = [];
  const notice = (message: string) => void notices.push(message);
  const parts = embeddingParts(join(folder, 'parts'), changes.identity ?? identity, notice);
  const options = { source: kinds, chosen, prepare: (images: Tensor4D) => images.clone(), parts, name: 'columns' };
  const rest = { batchSize: 4, notice, onProgress: () => {}, ...changes };
  return { done: embedImages(encoder, { ...options, ...rest }), notices, parts };
}

/** Means of columns; with factors, those of the images that are embedded are multiplied with theirs. */
function columns(
  factors?: (image: number) => number,
  failAt = Number.POSITIVE_INFINITY,
): OpenEncoder & { seen(): number } {
  let seen = 0;
  return {
    seen: () => seen,
    dispose() {},
    embed(images) {
      if (seen >= failAt) throw new Error('killed');
      const from = seen;
      seen += images.shape[0];
      return tidy(() => {
        const features = mean(images, [1, 3]) as Tensor2D;
        const own = Array.from({ length: images.shape[0] }, (_, i) => factors?.(from + i) ?? 1);
        return mul(features, tensor2d(own, [own.length, 1])) as Tensor2D;
      });
    },
  };
}

test('rows are means of columns, scaled to length 1', async () => {
  const { values, width, images, zero, unreadable } = await embed(columns()).done;
  expect({ width, images, zero: [...zero], unreadable: [...unreadable] }).toEqual({
    width: 4,
    images: chosen,
    zero: [],
    unreadable: [],
  });
  const bytes = await kinds.read(chosen);
  for (const image of chosen) {
    const row = [0, 1, 2, 3].map((column) =>
      [0, 1, 2, 3].reduce((sum, y) => sum + bytes[16 * image + 4 * y + column]!, 0),
    );
    const length = Math.hypot(...row);
    for (const [column, value] of row.entries()) expect(values[4 * image + column]).toBeCloseTo(value / length, 5);
  }
});

test('after a process was killed, parts that were written are not embedded again', async () => {
  const whole = await embed(columns()).done;
  // Nothing is written by an `embed` that throws but what was to be by then.
  await expect(embed(columns(undefined, 12), { partSeconds: 0 }).done).rejects.toThrow('killed');
  const names = readdirSync(join(folder, 'parts'));
  expect(names).toEqual(['0000000000.safetensors', '0000000004.safetensors']);
  const again = columns();
  const { done, parts } = embed(again);
  expect(await done).toEqual(whole);
  expect(again.seen()).toBe(18);
  await parts.clear();
  expect(existsSync(join(folder, 'parts'))).toBe(false);
});

test.each<[string, (path: string) => void, number, RegExp | null]>([
  ['the second part is cut short', (path) => truncateSync(path, 80), 26, /embedding these images again$/],
  ['the second part is empty', (path) => writeFileSync(path, ''), 26, /embedding these images again$/],
  ['there are other files', (path) => writeFileSync(`${path}.5.tmp`, 'half'), 18, null],
])('where %s, it is embedded again', async (_, damage, embedded, said) => {
  const whole = await embed(columns()).done;
  await expect(embed(columns(undefined, 12), { partSeconds: 0 }).done).rejects.toThrow('killed');
  damage(join(folder, 'parts/0000000004.safetensors'));
  const again = columns();
  const { done, notices } = embed(again);
  expect(await done).toEqual(whole);
  expect(again.seen()).toBe(embedded);
  expect(notices).toEqual(said ? [expect.stringMatching(said)] : []);
  expect(readdirSync(join(folder, 'parts')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('parts of other features are not taken for these', async () => {
  await expect(embed(columns(undefined, 12)).done).rejects.toThrow('killed');
  const other = columns();
  await embed(other, { identity: { ...identity, plan: { share: 0.5 } } }).done;
  expect(other.seen()).toBe(30);
});

test('images with features of zero, and those that cannot be read, are left out, and said; also after an interruption', async () => {
  const bad: UnreadableImage[] = [];
  const source = {
    ...kinds,
    unreadable: bad,
    async read(indices: ArrayLike<number>) {
      for (const index of Array.from(indices))
        if (index === 3) bad.push({ index: 3, name: 'three.jpg', reason: 'torn' });
      return kinds.read(indices);
    },
  } as ImageSource;
  const factors = (image: number) => ([2, 3, 17].includes(image) ? 0 : 1);
  await expect(embed(columns(factors, 12), { source }).done).rejects.toThrow('killed');
  bad.length = 0;
  const { done, notices } = embed(
    columns((image) => factors(image + 12)),
    { source },
  );
  const { images, values, zero, unreadable } = await done;
  expect([...zero]).toEqual([2, 17]);
  expect([...unreadable]).toEqual([3]);
  expect([...images]).toEqual([...chosen].filter((image) => ![2, 3, 17].includes(image)));
  expect(values).toHaveLength(27 * 4);
  for (let row = 0; row < 27; row++) expect(Math.hypot(...values.subarray(4 * row, 4 * row + 4))).toBeCloseTo(1, 5);
  expect(notices).toEqual([
    '2 of 30 images are in no pair, as columns gives them features that are all zero: image 2, 17',
    '1 of 30 images are in no pair, as they cannot be read: image 3',
  ]);
});

test('an encoder that is dead, or gives what is not finite, is refused with the images', async () => {
  await expect(embed(columns(() => 0)).done).rejects.toThrow(
    'Cannot mine pairs with columns: 0 of 30 images have features; those of 30 are all zero, 0 cannot be read',
  );
  const { done } = embed(
    columns((image) => (image === 9 || image === 10 ? Number.NaN : 1)),
    { identity: { plan: { nan: 1 }, encoder: {} } },
  );
  await expect(done).rejects.toThrow(
    /with columns: of 8 images, 2 have features that are not finite, image 9, 10; look at its weights/,
  );
});

test('features of another width are refused', async () => {
  await expect(embed(columns(undefined, 12)).done).rejects.toThrow('killed');
  const wider: OpenEncoder = { dispose() {}, embed: rawPixels };
  await expect(embed(wider).done).rejects.toThrow(
    'Cannot embed images with columns: its features had 4 columns, and now 16',
  );
});

test('a part says what it is of', async () => {
  await expect(embed(columns(undefined, 12)).done).rejects.toThrow('killed');
  expect(readFileSync(join(folder, 'parts/0000000000.safetensors'), 'latin1')).toContain('"to":"12"');
});
