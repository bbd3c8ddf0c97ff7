import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { drawRows, uniformDraws } from '../drawn-rows.fixture.js';
import { expectNearest } from '../nearest.fixture.js';
import { normalizeRows } from '../normalize-rows.js';
import { pointSet } from '../point-set.js';
import type { Rows } from '../slow-lloyd.fixture.js';
import { type NearestSearch, nearestSearch } from './nearest-search.js';

// At least 256 centroids with at least eight points each: as many as it takes to skip comparisons.
const K = 256;
const N = 8 * K;

/** Runs `use` with a search for the nearest of K centroids. */
async function searching(
  { values, width }: Rows,
  { spherical = false, breathe = async () => {} },
  use: (search: NearestSearch) => Promise<void>,
): Promise<void> {
  const before = memory().numTensors;
  const tensor = tensor2d(values, [values.length / width, width]);
  const search = nearestSearch(pointSet(tensor, values), K, { spherical, breathe, blockSize: 512 });
  await use(search);
  search.dispose();
  tensor.dispose();
  expect(memory().numTensors).toBe(before);
}

test('steps too small for the digits of a distance add up', async () => {
  // Points beside each other; a centroid that rests, with others behind it; and, elsewhere, some that come nearer in
  // steps of less than 6e-8, which is what float32 tells of a distance above 1, until all points are theirs.
  const steps = 350;
  const draw = uniformDraws(1);
  const rows = (length: number, place: (i: number) => number[]): Rows => ({
    values: Float32Array.from(Array.from({ length }, (_, i) => place(i)).flat()),
    width: 2,
  });
  const points = rows(N, () => [1.06 + 1e-7 * draw(), 1e-7 * draw()]);
  const half = K / 2;
  await searching(points, {}, async (search) => {
    for (let step = 0; step <= steps; step++) {
      const far = 1.03 + 1e-5 - 5.5e-8 * step;
      const centroids = rows(K, (c) => {
        if (c === 0) return [0.03, 0];
        if (c < half) return [0.01, 1e-4 * c];
        const angle = 0.03 + 1e-4 * (c - half);
        return [1.06 - far * Math.cos(angle), far * Math.sin(angle)];
      });
      await search.find(centroids.values);
      if (step % steps === 0) expectNearest(points, centroids, search.assignments);
    }
  });
});

test('a search that was stopped half-way is right the next time', async () => {
  const points = drawRows(N, 8, 0, 2);
  const centroids = points.values.slice(0, 8 * K);
  const draw = uniformDraws(3);
  let left = Number.POSITIVE_INFINITY;
  const breathe = async () => {
    if (left-- <= 0) throw new Error('stopped');
  };
  await searching(points, { breathe }, async (search) => {
    for (let round = 0; round < 4; round++) {
      for (let step = 0; step < 3; step++) {
        await search.find(centroids);
        expectNearest(points, { values: centroids, width: 8 }, search.assignments);
        for (let at = 0; at < centroids.length; at++) centroids[at]! += 0.02 * draw();
      }
      left = round;
      await expect(search.find(centroids)).rejects.toThrow('stopped');
      left = Number.POSITIVE_INFINITY;
      for (let at = 0; at < centroids.length; at++) centroids[at]! += draw();
    }
  });
});

test.each([1e-15, 1e-19, 1e-21])('by inner product, points of about %f keep their nearest', async (size) => {
  // Some devices take the squares of 1e-19 for 0, those of 1.3e-19 not: the length that they tell is a quarter of the true
  // one. Again a centroid rests, with others behind it, and some come nearer.
  const width = 32;
  const draw = uniformDraws(4);
  const direction = normalizeRows(
    Float32Array.from({ length: width }, (_, j) => (j === 0 ? 1.3 : 1)),
    width,
  );
  const points = {
    values: Float32Array.from({ length: N * width }, (_, at) => size * (at % width === 0 ? 1.3 : 1 + 1e-3 * draw())),
    width,
  };
  /** `[K, D]`: of each, the cosine to the points, and at which of their normals it lies. */
  const centroidsAt = (place: (c: number) => readonly [cosine: number, normal: number]) =>
    Float32Array.from({ length: K * width }, (_, at) => {
      const [c, j] = [Math.floor(at / width), at % width];
      const [cosine, normal] = place(c);
      const across = (first: number) => (j === first ? 1 : j === first + 1 ? -1 : 0) / Math.SQRT2;
      const aside = across(normal) + 1e-3 * (c % (K / 2)) * across(5);
      return cosine * direction[j]! + Math.sqrt(1 - cosine ** 2) * aside;
    });
  await searching(points, { spherical: true }, async (search) => {
    for (let step = 0; step <= 20; step++) {
      const centroids = normalizeRows(
        centroidsAt((c) => (c < K / 2 ? [Math.max(0.05, 0.3 - 2e-4 * c ** 2), 1] : [0.2 + 0.01 * step, 3])),
        width,
      );
      await search.find(centroids);
      if (step === 0) expect(Math.max(...search.assignments)).toBeLessThan(K / 2);
    }
    expect(Math.min(...search.assignments)).toBeGreaterThanOrEqual(K / 2);
  });
});
