import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { centerCrop, imageFolder, memorySource, mocoV2, type Transform, view, views } from '@hcsc/data';
import { memory, sub, type Tensor4D } from '@tensorflow/tfjs-core';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { MOST_IMAGES, sampleViews, spreadIndices } from './sample-views.js';

const size = 6 * 4 * 3;
const bytes = Uint8Array.from({ length: 10 * size }, (_, i) => (i * 31 + (i >> 5)) % 256);
const source = memorySource(bytes, [6, 4, 3], {
  name: 'stripes',
  labels: Array.from({ length: 10 }, (_, i) => i % 2),
  classes: ['even', 'odd'],
});
const recipe = { views: mocoV2({ size: [5, 3], normalize: { mean: [0.5], standardDeviation: [0.2] } }) };
const pixels = (rows: Awaited<ReturnType<typeof sampleViews>>) =>
  rows.map(({ views }) => views.map(({ data }) => [...data]));

describe('sample views', () => {
  test('are the images asked for, as they are, and the views that the plan makes of them', async () => {
    const before = memory().numTensors;
    const plain = await sampleViews({ views: views(view(), view()) }, source, [7, 2, 7], 0);
    plain.forEach(({ original, views: made }, i) => {
      const index = [7, 2, 7][i]!;
      const expected = [...bytes.subarray(index * size, (index + 1) * size)];
      expect(original.label).toBe(index % 2 ? 'odd' : 'even');
      for (const one of [original, ...made]) {
        expect([one.height, one.width, one.channels, [...one.data]]).toEqual([6, 4, 3, expected]);
      }
    });
    expect(plain.map(({ views: made }) => made.length)).toEqual([2, 2, 2]);
    expect(memory().numTensors).toBe(before);
  });

  test('are drawn from the seed, anew for each image and view', async () => {
    const before = memory().numTensors;
    const first = await sampleViews(recipe, source, [3, 3, 4], 5);
    expect(first.map(({ views: made }) => made.map(({ height, width }) => [height, width]))).toEqual(
      Array(3).fill(Array(2).fill([5, 3])),
    );
    expect(new Set(pixels(first).flat().map(String)).size).toBe(6);
    expect(pixels(await sampleViews(recipe, source, [3, 3, 4], 5))).toEqual(pixels(first));
    expect(pixels(await sampleViews(recipe, source, [3, 3, 4], 6))).not.toEqual(pixels(first));
    expect(memory().numTensors).toBe(before);
  });

  test('are made by workers where the recipe says so, and finished by the device', async () => {
    const before = memory().numTensors;
    const inverted: Transform = (images) => sub(1, images) as Tensor4D;
    const fixed = { views: views(view(centerCrop([2, 2]), inverted)), viewsOn: 'workers' as const };
    const [row] = await sampleViews(fixed, source, [4], 0);
    const expected = [];
    for (let y = 2; y < 4; y++) {
      for (let x = 1; x < 3; x++)
        for (let c = 0; c < 3; c++) expected.push(255 - bytes[4 * size + (y * 4 + x) * 3 + c]!);
    }
    expect([...row!.views[0]!.data]).toEqual(expected);
    const drawn = { ...recipe, viewsOn: 'workers' as const };
    const first = pixels(await sampleViews(drawn, source, [3, 3, 4], 5));
    expect(new Set(first.flat().map(String)).size).toBe(6);
    expect(pixels(await sampleViews(drawn, source, [3, 3, 4], 5))).toEqual(first);
    expect(memory().numTensors).toBe(before);
  });

  test('of images that cannot be read are left out, and do not stand in the way of others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hcsc-sample-'));
    try {
      for (const name of ['a/0', 'a/2', 'b/3']) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(
          join(folder, `${name}.png`),
          encode({ width: 9, height: 8, channels: 1, data: bytes.slice(0, 72) }),
        );
      }
      writeFileSync(join(folder, 'a/1.png'), 'no image');
      const photos = await imageFolder(folder, { size: 6, onUnreadable: 'skip' });
      for (const viewsOn of ['workers', 'device'] as const) {
        expect((await sampleViews({ ...recipe, viewsOn }, photos, [1, 3], 0)).map((row) => row.original.label)).toEqual(
          ['b'],
        );
        expect(await sampleViews({ ...recipe, viewsOn }, photos, [1], 0)).toEqual([]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('leave no tensor behind when a transform throws', async () => {
    const fails: Transform = () => {
      throw new Error('no such luck');
    };
    const before = memory().numTensors;
    await expect(sampleViews({ views: views(view(), view(fails)) }, source, [0], 0)).rejects.toThrow(/luck/);
    expect(memory().numTensors).toBe(before);
  });

  test.each([
    [[], /Cannot show 0 images of stripes: give 1 to 100/],
    [Array(MOST_IMAGES + 1).fill(0), /Cannot show 101 images of stripes: give 1 to 100/],
    [[3, 10], /Cannot show image 10 of stripes: it has images 0 to 9/],
    [[-1], /Cannot show image -1 of stripes/],
    [[0.5], /Cannot show image 0.5 of stripes/],
  ])('of images %j are refused', async (indices, message) => {
    const asked = sampleViews(recipe, source, indices, 0);
    await expect(asked).rejects.toThrow(RangeError);
    await expect(asked).rejects.toThrow(message);
  });
});

describe('indices', () => {
  test('are spread evenly, none twice', () => {
    expect(spreadIndices(source, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(spreadIndices(source, 1)).toEqual([5]);
    expect(spreadIndices(source, 3)).toEqual([1, 5, 8]);
  });

  test.each([
    [0, /Cannot show 0 images of stripes: give 1 to 100/],
    [11, /Cannot show 11 images of stripes: it has 10/],
    [1.5, /Cannot show 1.5 images/],
  ])('%d of them are refused', (count, message) => {
    expect(() => spreadIndices(source, count)).toThrow(RangeError);
    expect(() => spreadIndices(source, count)).toThrow(message);
  });
});
