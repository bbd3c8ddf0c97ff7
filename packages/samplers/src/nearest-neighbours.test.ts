import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredRows, slowCosine } from './mining.fixture.js';
import { nearestNeighbours } from './nearest-neighbours.js';
import type { MiningRequest } from './positive-miner.js';

describe('nearestNeighbours', () => {
  it.each([
    [1, 1024],
    [4, 7],
    [49, 16],
  ])('finds the %i most similar of each image, in blocks of %i', async (k, blockSize) => {
    const features = clusteredRows(50);
    const mined = await nearestNeighbours({ k, blockSize }).mine({ features });
    expect(mined.pairs.length).toBe(2 * 50 * k);
    for (let i = 0; i < 50; i++) {
      const others = Array.from({ length: 50 }, (_, j) => j).filter((j) => j !== i);
      const cosines = others.map((j) => ({ j, cosine: slowCosine(features, i, j) }));
      cosines.sort((a, b) => b.cosine - a.cosine || a.j - b.j);
      const nearest = cosines.slice(0, k);
      const row = mined.pairs.subarray(2 * k * i, 2 * k * (i + 1));
      expect(Array.from(row)).toEqual(nearest.flatMap(({ j }) => [i, j]));
      expect(mined.similarities.subarray(k * i, k * (i + 1))).toBeAllclose(
        nearest.map(({ cosine }) => cosine),
        1e-6,
      );
    }
    expect(mined.duplicates.length).toBe(0);
  });

  it('takes the first of images that are equal', async () => {
    const features = { values: Float32Array.of(1, 0, 0, 1, 1, 0, 1, 0, 1, 0), width: 2 };
    for (const blockSize of [1, 2, 5]) {
      const { pairs } = await nearestNeighbours({ k: 2, blockSize }).mine({ features });
      expect(Array.from(pairs)).toEqual([0, 2, 0, 3, 1, 0, 1, 2, 2, 0, 2, 3, 3, 0, 3, 2, 4, 0, 4, 2]);
    }
  });

  it('is not misled by what the device rounds away', async () => {
    // Angles that float32 cannot tell apart from 1, in falling order: the last image is the nearest of the first.
    const angles = [0, 2e-4, 1.5e-4, 1.2e-4, 1e-4, 5e-5];
    const values = Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
    const { pairs, similarities } = await nearestNeighbours({ k: 5 }).mine({ features: { values, width: 2 } });
    const expected = [1, 2, 3, 4, 5].sort(
      (a, b) => slowCosine({ values, width: 2 }, 0, b) - slowCosine({ values, width: 2 }, 0, a) || a - b,
    );
    expect(Array.from(pairs.subarray(0, 10))).toEqual(expected.flatMap((j) => [0, j]));
    const { pairs: one } = await nearestNeighbours().mine({ features: { values, width: 2 } });
    expect(one[1]).toBe(expected[0]);
    expect(similarities.length).toBe(30);
  });

  it('goes by cosines where lengths are not quite 1', async () => {
    // Closer to each other than lengths are to 1: the longest rows have the largest products, whatever their angles.
    const n = 300;
    const row = (i: number) =>
      [Math.cos(i / 200), Math.sin(i / 200)].map((value) => value * (i % 7 === 0 ? 1.009 : 0.991));
    const values = Float32Array.from(Array.from({ length: n }, (_, i) => row(i)).flat());
    const nearest = async (features: MiningRequest['features']) =>
      Array.from((await nearestNeighbours({ blockSize: 64 }).mine({ features })).pairs);
    const features = tensor2d(values, [n, 2]);
    const before = memory().numTensors;
    const found = await nearest(features);
    expect(memory().numTensors).toBe(before);
    features.dispose();
    for (let i = 0; i < n; i++) expect(Math.abs(found[2 * i + 1]! - i)).toBe(1);
    expect(await nearest({ values, width: 2 })).toEqual(found);
  });

  it('refuses more neighbours than there are others', async () => {
    await expect(nearestNeighbours({ k: 5 }).mine({ features: clusteredRows(5) })).rejects.toThrow(
      new RangeError('Cannot mine positives with nearestNeighbours: needed more than k = 5 images, got 5'),
    );
    expect(() => nearestNeighbours({ k: 0 })).toThrow(
      new RangeError('Cannot make nearestNeighbours: needed k as an integer of at least 1, got 0'),
    );
    expect(() => nearestNeighbours({ blockSize: 0.5 })).toThrow(RangeError);
  });
});
