import {
  dispose,
  memory,
  ones,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers, rows } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansIteration } from './lloyd.js';
import { normalizeRows } from './normalize-rows.js';

expectNoLeaks();

test('few points: warns, with numbers, through onWarning alone', async () => {
  const points = tensor2d(blobs(30, 3, 9));
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const few = await kMeans(points, 4, { onWarning });
  const enough = await kMeans(points, 4, { minPointsPerCentroid: 7, onWarning });
  expect(warnings).toEqual([
    'Few points for 4 clusters: got 30, which is less than 39 for each; give at least 156, or fewer clusters',
  ]);
  few.dispose();
  enough.dispose();
  points.dispose();
});

test('leaves its inputs as they were', async () => {
  const data = blobs(60, 3, 13);
  const start = normalizeRows(
    Float32Array.from(
      data
        .slice(0, 4)
        .flat()
        .map((v) => 2 * v),
    ),
    3,
  ).map((v) => 3 * v);
  const points = tensor2d(data);
  const initialCentroids = tensor2d(start, [4, 3]);
  const result = await kMeans(points, 4, { initialCentroids, spherical: true });
  expect(rows(points)).toEqual(data);
  expect(numbers(initialCentroids)).toEqual(Array.from(start));
  result.dispose();
  dispose([points, initialCentroids]);
});

test('an aborted signal stops it, with its reason', async () => {
  const points = tensor2d(blobs(100, 4, 14));
  await expect(kMeans(points, 5, { signal: AbortSignal.abort() })).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
  const controller = new AbortController();
  const seen: number[] = [];
  const onIteration = ({ iteration }: KMeansIteration) => {
    seen.push(iteration);
    if (iteration === 1) controller.abort(new Error('enough'));
  };
  await expect(kMeans(points, 5, { signal: controller.signal, onIteration })).rejects.toThrow('enough');
  expect(seen).toEqual([0, 1]);
  points.dispose();
});

test('lets other events run meanwhile', async () => {
  const points = tensor2d(blobs(500, 16, 15));
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('the timer ran')));
  const long = kMeans(points, 20, { restarts: 500, signal: controller.signal });
  await expect(long).rejects.toThrow('the timer ran');
  clearTimeout(timer);
  points.dispose();
});

test('what onIteration throws is passed on', async () => {
  const points = tensor2d(blobs(100, 4, 16));
  const onIteration = () => {
    throw new Error('from the caller');
  };
  await expect(kMeans(points, 5, { onIteration, maxPointsPerCentroid: 10 })).rejects.toThrow('from the caller');
  points.dispose();
});

test('refuses what it cannot cluster, and says why', async () => {
  const points = tensor2d(blobs(40, 3, 17));
  const wide = tensor2d(blobs(5, 4, 17));
  const broken = tensor2d([1, 2, 3, Number.NaN], [2, 2]);
  const endless = tensor2d([1, 2, 3, 4, Number.NEGATIVE_INFINITY, 6], [3, 2]);
  const huge = tensor2d([1, 2e30], [2, 1]);
  const integers = tensor2d([1, 2], [2, 1], 'int32');
  const flat = ones([4]) as Tensor as Tensor2D;
  const empty = zeros([0, 3]) as Tensor2D;
  const short = ones([39]) as Tensor1D;
  const flags = ones([40], 'bool') as Tensor1D;
  const withWeight = (i: number, weight: number) => new Float32Array(40).fill(1).fill(weight, i, i + 1);
  const cases: [Tensor2D, number, Parameters<typeof kMeans>[2], string][] = [
    [points, 50, {}, 'Cannot cluster 40 points into 50 clusters: give at least 50 points, or fewer clusters'],
    [points, 0, {}, 'k must be an integer of at least 1, got 0'],
    [points, 2.5, {}, 'k must be an integer of at least 1, got 2.5'],
    [points, Number.NaN, {}, 'k must be an integer of at least 1, got NaN'],
    [points, 4, { iterations: -1 }, 'iterations must be an integer of at least 0, got -1'],
    [points, 4, { restarts: 0 }, 'restarts must be an integer of at least 1, got 0'],
    [points, 4, { seed: -1 }, 'seed must be an integer of at least 0, got -1'],
    [points, 4, { seed: 0.5 }, 'seed must be'],
    [points, 4, { tolerance: -0.1 }, 'tolerance must be a number of at least 0, got -0.1'],
    [points, 4, { tolerance: Number.NaN }, 'tolerance must be a number of at least 0, got NaN'],
    [points, 4, { frozenCentroids: true }, 'frozenCentroids needs initialCentroids'],
    [points, 4, { weights: new Float32Array(39) }, 'weights must have one value for each of 40 points, got 39'],
    [
      points,
      4,
      { weights: points as Tensor as Tensor1D },
      'weights must have shape [40], one for each of 40 points, got shape [40,3]',
    ],
    [points, 4, { weights: short }, 'weights must have shape [40], one for each of 40 points, got shape [39]'],
    [points, 4, { weights: flags }, 'weights must be float32 or int32, got bool'],
    [points, 4, { weights: [1, 1] as never }, 'weights must be a Tensor1D or a Float32Array, got Array'],
    [points, 4, { weights: withWeight(3, -1) }, 'weights must be finite and at least 0, got -1 for point 3'],
    [points, 4, { weights: withWeight(5, Number.NaN) }, 'weights must be finite and at least 0, got NaN for point 5'],
    [points, 4, { weights: withWeight(0, Number.POSITIVE_INFINITY) }, 'got Infinity for point 0'],
    [
      points,
      4,
      { weights: Float32Array.from({ length: 40 }, (_, i) => (i < 3 ? 1 : 0)) },
      'Cannot cluster 40 points with 3 weights above 0 into 4 clusters: give at least 4 points a weight above 0, or ask for fewer clusters',
    ],
    [
      points,
      4,
      { weights: Float32Array.from({ length: 40 }, (_, i) => (i < 4 ? 1 : 0)), maxPointsPerCentroid: 2 },
      'Cannot cluster a random subset of 8 points with',
    ],
    [points, 4, { blockSize: 0 }, 'blockSize must be an integer of at least 1, got 0'],
    [points, 4, { minPointsPerCentroid: -1 }, 'minPointsPerCentroid must be'],
    [points, 4, { maxPointsPerCentroid: 0 }, 'maxPointsPerCentroid must be'],
    [points, 4, { maxPointsPerCentroid: Number.NaN }, 'maxPointsPerCentroid must be'],
    [
      points,
      4,
      { initialCentroids: wide },
      'initialCentroids must have shape [m, 3], m from 1 to 4, for 4 clusters of points of 3 columns, got [5,4]',
    ],
    [points, 4, { initialCentroids: [[1, 2, 3]] as never }, 'initialCentroids must be a Tensor2D, got Array'],
    [wide, 5, { initialCentroids: wide, restarts: 2 }, 'Cannot make 2 runs from the same initialCentroids'],
    [points, 2, { initialCentroids: broken }, 'initialCentroids must have shape [m, 3]'],
    [tensor2d([1, 2, 3, 4], [2, 2]), 2, { initialCentroids: broken }, 'initialCentroids must be finite'],
    [broken, 1, {}, 'points must be finite and at most 1000000000000000 in magnitude, got NaN in row 1, column 1'],
    [endless, 1, {}, 'got -Infinity in row 2, column 0'],
    [huge, 1, {}, 'points must be finite and at most'],
    [integers, 1, {}, 'points must be float32, got int32'],
    [flat, 1, {}, 'points must be a matrix [N, D], got shape [4]'],
    [empty, 1, {}, 'points must hold at least one row and one column, got shape [0,3]'],
  ];
  const inputs = memory().numTensors;
  for (const [input, k, options, message] of cases) {
    await expect(kMeans(input, k, options), message).rejects.toThrow(message);
  }
  await expect(kMeans(integers, 1)).rejects.toBeInstanceOf(TypeError);
  await expect(kMeans(points, 50)).rejects.toBeInstanceOf(RangeError);
  expect(memory().numTensors).toBe(inputs);
  dispose([cases.map(([input]) => input), wide, broken, short, flags] as unknown as Tensor[]);
});
