import { dispose, memory, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { concentration } from './concentration.js';
import { mersenneTwister } from './mersenne-twister.js';

/** φ once more, step by step as the paper and its code say it. */
function slow(
  squared: number[],
  assignments: number[],
  k: number,
  { temperature = 0.2, smoothing = 10, clip = [10, 90] as readonly number[], floor = 1 / 200 } = {},
): number[] {
  const members = Array.from({ length: k }, (_, c) => squared.filter((__, i) => assignments[i] === c));
  const raw = members.map((m) =>
    m.length > 1 ? m.reduce((sum, d) => sum + Math.sqrt(d), 0) / m.length / Math.log(m.length + smoothing) : null,
  );
  const largest = Math.max(...raw.map((value) => value ?? 0));
  const filled = raw.map((value) => value ?? largest);
  const sorted = [...filled].sort((a, b) => a - b);
  const percentile = (q: number) => {
    const place = (q / 100) * (k - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place - Math.floor(place));
  };
  const clipped = filled.map((value) => Math.max(percentile(clip[0]!), Math.min(percentile(clip[1]!), value)));
  const mean = clipped.reduce((a, b) => a + b) / k;
  return clipped.map((value) => Math.max(floor * temperature, (value * temperature) / mean));
}

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

async function compute(squared: number[], assignments: number[], k: number, options = {}): Promise<number[]> {
  const inputs: [Tensor1D, Tensor1D] = [tensor1d(squared, 'float32'), tensor1d(assignments, 'int32')];
  try {
    const phi = await concentration(...inputs, k, options);
    expect([phi.dtype, phi.shape]).toEqual(['float32', [k]]);
    const values = Array.from(phi.dataSync());
    phi.dispose();
    return values;
  } finally {
    dispose(inputs);
  }
}

test.each([
  { n: 200, k: 12, temperature: 0.2, smoothing: 10 },
  { n: 40, k: 25, temperature: 0.07, smoothing: 0 },
  { n: 5, k: 2, temperature: 1, smoothing: 1 },
])('agrees with a step-by-step computation: %o', async ({ n, k, temperature, smoothing }) => {
  const draw = mersenneTwister(n);
  const squared = Array.from({ length: n }, () => Math.fround((2 * draw()) / 2 ** 32));
  const assignments = Array.from({ length: n }, () => Math.floor((draw() / 2 ** 32) ** 2 * k));
  const phi = await compute(squared, assignments, k, { temperature, smoothing });
  expect(phi).toBeAllclose(slow(squared, assignments, k, { temperature, smoothing }), 1e-6);
  expect(phi.reduce((a, b) => a + b) / k).toBeCloseTo(temperature, 6);
});

test.each([
  { clip: [0, 100], floor: 1 / 200 },
  { clip: [25, 60], floor: 1 / 200 },
  { clip: [0, 100], floor: 0.9 },
] as const)('percentiles and floor are options: %o', async ({ clip, floor }) => {
  const draw = mersenneTwister(5);
  const squared = Array.from({ length: 90 }, () => Math.fround(draw() / 2 ** 32));
  const assignments = Array.from({ length: 90 }, () => Math.floor((draw() / 2 ** 32) ** 2 * 14));
  const phi = await compute(squared, assignments, 14, { clipPercentiles: clip, floor });
  expect(phi).toBeAllclose(slow(squared, assignments, 14, { clip, floor }), 1e-6);
  expect(phi).not.toBeAllclose(await compute(squared, assignments, 14), 1e-3);
});

test('by default the mean is 0.2, and larger or tighter clusters have a smaller φ', async () => {
  const assignments = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2];
  const phi = await compute([1, 1, 1, 1, 1, 1, 1, 1, 4, 4], assignments, 3);
  expect(phi.reduce((a, b) => a + b) / 3).toBeCloseTo(0.2, 6);
  expect(phi[0]).toBeLessThan(phi[1]!);
  expect(phi[1]).toBeLessThan(phi[2]!);
});

test('a level without any spread has the temperature throughout', async () => {
  expect(await compute([0, 0, 0], [0, 1, 2], 3)).toBeAllclose([0.2, 0.2, 0.2], 1e-6);
  expect(await compute([0.5], [1], 3, { temperature: 0.5 })).toBeAllclose([0.5, 0.5, 0.5], 1e-6);
  expect(await compute([0, 0, 0, 0], [0, 0, 1, 1], 2)).toBeAllclose([0.2, 0.2], 1e-6);
  expect(await compute([], [], 2)).toBeAllclose([0.2, 0.2], 1e-6);
});

test('is never 0, even if most clusters have no spread', async () => {
  const assignments = Array.from({ length: 40 }, (_, i) => i >> 1);
  // Of 20 clusters 3 have spread: too many to be clipped away.
  const phi = await compute(
    assignments.map((c) => (c < 3 ? 1 : 0)),
    assignments,
    20,
  );
  expect(Math.min(...phi)).toBeCloseTo(0.001, 6);
  expect(Math.max(...phi)).toBeGreaterThan(0.2);
});

test('refuses what has no concentration', async () => {
  await expect(compute([1, 2], [0, 2], 2)).rejects.toThrow(
    'assignments must be from 0 to 1 for 2 prototypes, got 2 at 1',
  );
  await expect(compute([1, 2], [-1, 0], 2)).rejects.toThrow('got -1 at 0');
  await expect(compute([1, -2], [0, 1], 2)).rejects.toThrow('squaredDistances must be finite and not negative, got -2');
  await expect(compute([1, Number.NaN], [0, 1], 2)).rejects.toThrow('got NaN at 1');
  await expect(compute([1, 2, 3], [0, 1], 2)).rejects.toThrow('must both be [N], got [3] and [2]');
  await expect(compute([1, 2], [0, 1], 0)).rejects.toThrow('k must be an integer of at least 1, got 0');
  await expect(compute([1, 2], [0, 1], 2, { temperature: 0 })).rejects.toThrow('temperature must be a number above 0');
  await expect(compute([1, 2], [0, 1], 2, { smoothing: -1 })).rejects.toThrow(
    'smoothing must be a number of at least 0',
  );
  await expect(compute([1, 2], [0, 1], 2, { clipPercentiles: [10, 101] })).rejects.toThrow(
    'clipPercentiles must be two numbers from 0 to 100, the lower one first, got [10, 101]',
  );
  await expect(compute([1, 2], [0, 1], 2, { floor: 1.5 })).rejects.toThrow(
    'floor must be a number above 0 and at most 1, got 1.5',
  );
  const floats = tensor1d([0, 1]);
  const matrix = tensor2d([0, 1], [1, 2]) as unknown as Tensor1D;
  await expect(concentration(floats, floats, 2)).rejects.toThrow('assignments must be int32, got float32');
  await expect(concentration(matrix, matrix, 2)).rejects.toThrow('must both be [N], got [1,2] and [1,2]');
  dispose([floats, matrix]);
});
