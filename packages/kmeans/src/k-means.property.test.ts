import { dispose, memory, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniformDraws } from './drawn-rows.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';
import { expectNearest } from './nearest.fixture.js';
import { randomOrder } from './random-order.js';
import { costOf, countOf, type Rows, roundingOfObjective, slowLloyd } from './slow-lloyd.fixture.js';

/** The same cases each time; HCSC_FUZZ=seed,runs for others and more. */
const [seed = 1, numRuns = 40] = (process.env.HCSC_FUZZ ?? '').split(',').filter(Boolean).map(Number);
const holds = <T>(property: fc.IAsyncProperty<T>) =>
  fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true });

/** What is clustered, and from where. */
interface Case {
  readonly points: Rows;
  readonly start: Rows;
  readonly iterations: number;
  readonly spherical: boolean;
  readonly blockSize: number | undefined;
}

/** `[n, width]` of one kind, whose values are multiples of 2^-12 below 16 in magnitude, so that sums of them are exact. */
function drawPoints(kind: string, n: number, width: number, draw: () => number): Float32Array {
  const round = (value: number) => Math.round(value * 4096) / 4096;
  const centres = Array.from({ length: 5 * width }, () => 16 * draw());
  const values = new Float32Array(n * width);
  for (let i = 0; i < n; i++) {
    const from = Math.floor((draw() + 0.5) * i);
    const centre = Math.floor((draw() + 0.5) * 5);
    for (let j = 0; j < width; j++) {
      const at = i * width + j;
      if (kind === 'uniform') values[at] = round(8 * draw());
      if (kind === 'blobs') values[at] = round(centres[centre * width + j]! + draw());
      if (kind === 'grid') values[at] = Math.round(3 * draw());
      if (kind === 'repeated') values[at] = i % 3 > 0 ? values[from * width + j]! : round(8 * draw());
    }
  }
  return values;
}

interface CaseKinds {
  readonly kinds?: readonly string[];
  readonly exponents?: readonly number[];
  readonly offsets?: readonly number[];
}

/** Points of each kind, some of them far from 0, times some power of two; the start is k of them. */
const cases = ({
  kinds = ['uniform', 'blobs', 'grid', 'repeated'],
  exponents = [0, 0, -20, 30],
  offsets = [0, 0, 1, 1000],
}: CaseKinds = {}): fc.Arbitrary<Case> =>
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      n: fc.integer({ min: 1, max: 130 }),
      width: fc.integer({ min: 1, max: 12 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      exponent: fc.constantFrom(...exponents),
      offset: fc.constantFrom(...offsets),
      drawSeed: fc.nat(),
      iterations: fc.nat(8),
      spherical: fc.boolean(),
      blockSize: fc.option(fc.integer({ min: 1, max: 150 }), { nil: undefined }),
    })
    .map(({ kind, n, width, share, exponent, offset, drawSeed, ...rest }) => {
      const drawn = drawPoints(kind, n, width, uniformDraws(drawSeed));
      const points = { values: drawn.map((value) => (value + offset) * 2 ** exponent), width };
      const k = 1 + Math.floor(share ** 3 * (n - 1));
      return { points, start: take(points, randomOrder(n, drawSeed).subarray(0, k)), ...rest };
    });

function take({ values, width }: Rows, rows: ArrayLike<number>): Rows {
  const taken = Array.from(rows, (row) => [...values.subarray(row * width, (row + 1) * width)]);
  return { values: Float32Array.from(taken.flat()), width };
}

/** Runs it, reads all that it found and frees it. */
async function cluster({ points, start, ...given }: Case, options: KMeansOptions & { k?: number } = {}) {
  const before = memory().numTensors;
  const inputs = [points, start].map(({ values, width }) => tensor2d(values, [values.length / width, width]));
  const k = options.k ?? countOf(start);
  const initialCentroids = options.k ? undefined : inputs[1];
  const all = { maxPointsPerCentroid: countOf(points), initialCentroids, ...given, ...options };
  const found = await kMeans(inputs[0]!, k, all);
  const { objective, splits } = found;
  const [centroids, distances] = [found.centroids.dataSync(), found.distances.dataSync()];
  const [assignments, counts] = [found.assignments.dataSync(), found.counts.dataSync()];
  found.dispose();
  dispose(inputs);
  expect(memory().numTensors).toBe(before);
  return {
    centroids: { values: Float32Array.from(centroids), width: points.width },
    ...{ assignments, counts, distances, objective, splits },
  };
}

/** Whether the answer is the only right one, up to the last bits of the centroids. */
const answerOf = ({ points, start, iterations, spherical }: Case) => {
  const slow = slowLloyd(points, start, iterations, spherical);
  return { ...slow, isOnly: slow.clear > iterations };
};

/** The share of the cases of a property that had only one right answer must not be so small that it checks nothing. */
function expectMany(clear: readonly boolean[]): void {
  if (clear.length >= 20) expect(clear.filter(Boolean).length).toBeGreaterThan(clear.length / 3);
}

test('every point is at its nearest centroid, counts add up, the objective never rises', async () => {
  await holds(
    fc.asyncProperty(cases(), async (one) => {
      const { points, spherical } = one;
      const [n, k] = [countOf(points), countOf(one.start)];
      const { centroids, assignments, counts, distances, objective, splits } = await cluster(one);
      expectNearest(points, centroids, assignments, spherical);
      const histogram = new Int32Array(k);
      for (const cluster of assignments) histogram[cluster]!++;
      expect([...counts]).toEqual([...histogram]);
      const costs = Array.from(assignments, (cluster, i) => costOf(points, i, centroids, cluster, spherical));
      expect([...distances]).toBeAllclose(spherical ? costs.map((cost) => -cost) : costs, 1e-6);
      expect([objective.length, splits.length]).toEqual(n === k ? [0, 0] : [one.iterations, one.iterations]);

      const rounding = roundingOfObjective(points, centroids, spherical);
      const falling = spherical ? objective.map((value) => -value) : objective;
      [...falling, costs.reduce((a, b) => a + b, 0)].forEach((value, t, all) => {
        expect(Number.isFinite(value)).toBe(true);
        if (t > 0 && splits[t - 1] === 0) expect(value).toBeLessThanOrEqual(all[t - 1]! + rounding);
      });
    }),
  );
});

test('agrees with textbook k-means in float64', async () => {
  const clear: boolean[] = [];
  await holds(
    fc.asyncProperty(cases(), async (one) => {
      const found = await cluster(one);
      if (countOf(one.points) === countOf(one.start)) {
        if (!one.spherical) expect(found.centroids).toEqual(one.points);
        return;
      }
      const slow = answerOf(one);
      clear.push(slow.isOnly);
      const rounding = roundingOfObjective(one.points, slow.centroids, one.spherical);
      slow.objective.slice(0, slow.clear).forEach((value, t) => {
        expect(Math.abs(found.objective[t]! - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value) + rounding);
      });
      expect(found.splits.slice(0, slow.clear)).toEqual(slow.splits.slice(0, slow.clear));
      if (!slow.isOnly) return;
      expect([...found.assignments]).toEqual([...slow.assignments]);
      expect([...found.centroids.values]).toBeAllclose([...slow.centroids.values], 1e-6);
    }),
  );
  expectMany(clear);
});

test('permuted points have the permuted answer, blocks of any size the same', async () => {
  const clear: boolean[] = [];
  await holds(
    fc.asyncProperty(
      cases({ kinds: ['uniform', 'blobs'] }),
      fc.nat(),
      fc.integer({ min: 1, max: 200 }),
      async (one, by, blockSize) => {
        const n = countOf(one.points);
        if (n === countOf(one.start)) return;
        const order = randomOrder(n, by);
        const straight = await cluster(one);
        const moved = await cluster({ ...one, points: take(one.points, order) });
        const blocked = await cluster({ ...one, blockSize });
        const { isOnly } = answerOf(one);
        clear.push(isOnly);
        if (!isOnly) return;
        expect([...moved.assignments]).toEqual(Array.from(order, (i) => straight.assignments[i]));
        expect([...moved.counts]).toEqual([...straight.counts]);
        expect([...moved.centroids.values]).toBeAllclose([...straight.centroids.values], 1e-6);
        expect(moved.objective).toBeAllclose(straight.objective, 1e-6);
        expect([...blocked.assignments]).toEqual([...straight.assignments]);
        expect([...blocked.centroids.values]).toBeAllclose([...straight.centroids.values], 1e-6);
        expect(blocked.objective).toBeAllclose(straight.objective, 1e-6);
      },
    ),
  );
  expectMany(clear);
});

test('scaled by a power of two the answer is scaled, and shifted it is shifted', async () => {
  const clear: boolean[] = [];
  const near = cases({ kinds: ['uniform', 'blobs'], exponents: [0], offsets: [0] });
  await holds(
    fc.asyncProperty(
      near,
      fc.integer({ min: -20, max: 30 }),
      fc.integer({ min: -64, max: 64 }),
      async (one, exponent, offset) => {
        const map = ({ values, width }: Rows, change: (value: number) => number) => ({
          values: values.map(change),
          width,
        });
        const moved = (change: (value: number) => number) => ({
          ...one,
          points: map(one.points, change),
          start: map(one.start, change),
        });
        const { isOnly, splits } = answerOf(one);
        clear.push(isOnly);
        if (!isOnly) return;
        const found = await cluster(one);
        const scale = 2 ** exponent;
        const scaled = await cluster(moved((value) => value * scale));
        expect([...scaled.assignments]).toEqual([...found.assignments]);
        expect([...scaled.centroids.values]).toBeAllclose(
          [...found.centroids.values].map((value) => value * (one.spherical ? 1 : scale)),
          1e-6,
        );
        expect(scaled.objective).toBeAllclose(
          found.objective.map((value) => value * scale * (one.spherical ? 1 : scale)),
          1e-6,
        );

        // Not so inner products, nor the halves of a split cluster, which move apart by a share of their values.
        const away = moved((value) => value + offset);
        if (one.spherical || splits.some((count) => count > 0) || !answerOf(away).isOnly) return;
        const shifted = await cluster(away);
        expect([...shifted.assignments]).toEqual([...found.assignments]);
        expect([...shifted.centroids.values].map((value) => value - offset)).toBeAllclose(
          [...found.centroids.values],
          1e-4,
        );
      },
    ),
  );
  expectMany(clear);
});

test('equal seeds give equal bits', async () => {
  await holds(
    fc.asyncProperty(cases(), fc.nat(), fc.integer({ min: 1, max: 3 }), async (one, own, restarts) => {
      const options = { k: countOf(one.start), seed: own, restarts };
      expect(await cluster(one, options)).toEqual(await cluster(one, options));
    }),
  );
});
