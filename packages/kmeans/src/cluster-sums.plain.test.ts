import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterSums } from './cluster-sums.js';
import { drawRows } from './drawn-rows.fixture.js';

/** The same cases each time; HCSC_FUZZ=seed,runs for others and more. */
const [seed = 1, numRuns = 40] = (process.env.HCSC_FUZZ ?? '').split(',').filter(Boolean).map(Number);

interface Setting {
  readonly values: Float32Array;
  readonly width: number;
  readonly k: number;
  readonly weights: Float32Array | null;
}

function create({ values, width, k, weights }: Setting) {
  const squares = new Float64Array(values.length / width);
  values.forEach((value, at) => {
    squares[Math.floor(at / width)]! += value ** 2;
  });
  return clusterSums({ values, squares }, k, weights);
}

/** The sums by a plain loop, and of the magnitudes. */
function slowSums({ values, width, k, weights }: Setting, assignments: Int32Array) {
  const [sums, sizes, masses] = [new Float64Array(k * width), new Float64Array(k * width), new Float64Array(k)];
  assignments.forEach((cluster, i) => {
    const weight = weights?.[i] ?? 1;
    masses[cluster]! += weight;
    for (let j = 0; j < width; j++) {
      sums[cluster * width + j]! += weight * values[i * width + j]!;
      sizes[cluster * width + j]! += Math.abs(weight * values[i * width + j]!);
    }
  });
  return { sums, sizes, masses };
}

/** Follows assignments one after the other, and compares each time. */
function expectFollowed(setting: Setting, all: readonly Int32Array[]): void {
  const { sums, masses, follow } = create(setting);
  let before: Int32Array | null = null;
  for (const assignments of all) {
    const changed = assignments.reduce((count, cluster, i) => count + (before?.[i] === cluster ? 0 : 1), 0);
    expect(follow(assignments)).toBe(changed);
    const slow = slowSums(setting, assignments);
    expect([...masses]).toEqual([...slow.masses]);
    // Far below the rounding of float32 centroids, however much a cluster has held before.
    const off = sums.findIndex((sum, at) => !(Math.abs(sum - slow.sums[at]!) <= 1e-9 * slow.sizes[at]! + 1e-300));
    expect(off, `sum ${sums[off]}, should be ${slow.sums[off]}`).toBe(-1);
    before = Int32Array.from(assignments);
  }
}

test('sums are those of a plain loop, however few or many points move', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      fc.array(fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 40 }), { maxLength: 12 }),
      (n, width, k, weighted, rounds) => {
        const values = drawRows(n, width, 0, 3).values;
        const weights = weighted ? drawRows(n, 1, 0, 5).values.map((value) => Math.abs(value)) : null;
        let assignments = Int32Array.from({ length: n }, (_, i) => i % k);
        const all = [assignments];
        for (const moves of rounds) {
          assignments = Int32Array.from(assignments);
          for (const [point, to] of moves) assignments[point % n] = to % k;
          all.push(assignments);
        }
        expectFollowed({ values, width, k, weights }, all);
      },
    ),
    { seed, numRuns },
  );
});

test('a point that is far longer than the others leaves nothing behind', () => {
  const [n, width] = [400, 2];
  for (const length of [1e3, 1e7, 1e15]) {
    const values = drawRows(n, width, 0, 9).values;
    values[0] = length;
    const at = (cluster: number) => Int32Array.from({ length: n }, (_, i) => (i === 0 ? cluster : i % 4));
    expectFollowed({ values, width, k: 4, weights: null }, [at(0), at(1), at(2), at(1), at(0)]);
  }
});

test('a cluster that all but few points leave, in small steps, keeps its digits', () => {
  const n = 4000;
  const values = drawRows(n, 3, 0, 11).values;
  const left = (gone: number) => Int32Array.from({ length: n }, (_, i) => (i < gone ? 1 : 0));
  const steps = Array.from({ length: 40 }, (_, step) => left(Math.min(n, step * 105)));
  expectFollowed({ values, width: 3, k: 2, weights: null }, steps);
});
