import { memory, tensor2d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { moves } from './centroid-moves.fixture.js';
import { drawRows, uniformDraws } from './drawn-rows.fixture.js';
import { memoryPasses } from './memory-passes.js';
import { expectNearest } from './nearest.fixture.js';
import { normalizeRows } from './normalize-rows.js';
import type { Pass } from './passes.js';
import { pointSet } from './point-set.js';
import { costOf, countOf, type Rows, roundingOfObjective } from './slow-lloyd.fixture.js';

/** The same cases each time; HCSC_FUZZ=seed,runs for others and more. */
const [seed = 1, numRuns = 30] = (process.env.HCSC_FUZZ ?? '').split(',').filter(Boolean).map(Number);

interface Setting {
  readonly points: Rows;
  readonly weights: Float32Array | null;
  readonly spherical: boolean;
}

/** Checks a pass against plain loops; `before`: the assignments of the one before. */
function expectPass(
  { points, weights, spherical }: Setting,
  centroids: Rows,
  pass: Pass,
  before: Int32Array | null,
): void {
  const { values, width } = points;
  const { assignments } = pass;
  expectNearest(points, centroids, assignments, spherical);
  expect(pass.changed).toBe(assignments.reduce((sum, cluster, i) => sum + (before?.[i] === cluster ? 0 : 1), 0));
  const k = countOf(centroids);
  const masses = new Float64Array(k);
  const [sums, sizes] = [new Float64Array(k * width), new Float64Array(k * width)];
  let objective = 0;
  assignments.forEach((cluster, i) => {
    const weight = weights?.[i] ?? 1;
    masses[cluster]! += weight;
    const cost = costOf(points, i, centroids, cluster, spherical);
    objective += weight * (spherical ? -cost : cost);
    for (let j = 0; j < width; j++) {
      sums[cluster * width + j]! += weight * values[i * width + j]!;
      sizes[cluster * width + j]! += Math.abs(weight * values[i * width + j]!);
    }
  });
  expect([...pass.masses]).toBeAllclose([...masses], 1e-9);
  expect(pass.masses.every((mass, cluster) => (mass === 0) === (masses[cluster] === 0))).toBe(true);
  const off = pass.sums.findIndex((sum, at) => !(Math.abs(sum - sums[at]!) <= 1e-6 * sizes[at]!));
  expect(off, `sum ${pass.sums[off]} of cluster ${Math.floor(off / width)}, should be ${sums[off]}`).toBe(-1);
  // Every term by itself may be off by rounding, as in faiss's sum of float32 distances.
  const rounding =
    roundingOfObjective(points, centroids, spherical) * (weights?.reduce((a, b) => Math.max(a, b), 0) ?? 1);
  expect(Math.abs(pass.objective - objective)).toBeLessThanOrEqual(1e-6 * Math.abs(objective) + rounding);
}

/** Takes the centroids through all the moves, one pass after each, and checks every pass. */
async function checkMoves(
  setting: Setting,
  start: Float32Array,
  names: readonly string[],
  { blockSize, drawSeed = 1 }: { blockSize?: number; drawSeed?: number } = {},
): Promise<void> {
  const { points, weights, spherical } = setting;
  const { width } = points;
  const before = memory().numTensors;
  const tensor = tensor2d(points.values, [countOf(points), width]);
  const options = { spherical, blockSize, breathe: async () => {} };
  const passes = memoryPasses(pointSet(tensor, points.values), start.length / width, weights, options);
  const draw = uniformDraws(drawSeed);
  const pick = (below: number) => Math.floor((draw() + 0.5) * below);
  let centroids = Float32Array.from(start);
  if (spherical) normalizeRows(centroids, width);
  let last: Int32Array | null = null;
  for (const name of [...names, 'stay']) {
    const given = Float32Array.from(centroids);
    const pass = await passes.pass(centroids);
    expect(centroids.every((value, at) => Object.is(value, given[at]))).toBe(true);
    expectPass(setting, { values: given, width }, pass, last);
    last = Int32Array.from(pass.assignments);
    centroids = Float32Array.from(given);
    moves[name]!({ points, centroids: given, pass, pick, draw }, centroids);
    if (spherical) normalizeRows(centroids, width);
  }
  passes.dispose();
  tensor.dispose();
  expect(memory().numTensors).toBe(before);
}

test('every pass is right, however the centroids move', async () => {
  const setting = fc.record({
    n: fc.integer({ min: 1, max: 150 }),
    width: fc.integer({ min: 1, max: 12 }),
    k: fc.integer({ min: 1, max: 40 }),
    centres: fc.constantFrom(0, 3, 20),
    names: fc.array(fc.constantFrom(...Object.keys(moves)), { minLength: 1, maxLength: 8 }),
    spherical: fc.boolean(),
    weighted: fc.boolean(),
    blockSize: fc.option(fc.integer({ min: 1, max: 150 }), { nil: undefined }),
    drawSeed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(setting, async ({ n, width, k, centres, names, spherical, weighted, blockSize, drawSeed }) => {
      const points = drawRows(n, width, centres, drawSeed);
      const draw = uniformDraws(drawSeed + 1);
      const weights = weighted ? Float32Array.from({ length: n }, () => Math.max(0, 4 * draw())) : null;
      const start = points.values.slice(0, Math.min(k, n) * width);
      await checkMoves({ points, weights, spherical }, start, names, { blockSize, drawSeed });
    }),
    { seed, numRuns, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  );
});

const quiet = 'means means means creep creep jitter stay means halve means'.split(' ');
const slow = ['means', 'means', ...new Array<string>(12).fill('wander'), 'means'];
const wild = 'means means far means twins means turn drift ontoPoint means allOne afresh means'.split(' ');

// At least 256 centroids with at least eight points each: as many as it takes to skip comparisons.
test.each([
  ['uniform', 2400, 8, 300, 0, false, quiet],
  ['uniform', 2200, 8, 256, 0, false, slow],
  ['uniform', 2100, 16, 256, 0, false, wild],
  ['clustered', 2100, 24, 256, 128, false, slow],
  ['clustered', 2100, 12, 256, 60, false, wild],
  ['clustered, spherical', 2100, 8, 256, 100, true, slow],
  ['clustered, spherical', 2100, 16, 256, 100, true, [...quiet, 'twins', 'means', 'turn']],
] as const)('so it is with many centroids: %s, %i x %i to %i', async (_, n, width, k, centres, spherical, names) => {
  const points = drawRows(n, width, centres, n + k);
  await checkMoves({ points, weights: null, spherical }, points.values.slice(0, k * width), names);
});
