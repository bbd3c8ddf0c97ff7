import { dispose, gather, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers, rows, slowNearest, square } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import { mersenneTwister } from './mersenne-twister.js';
import { imbalanceFactor } from './quality/imbalance-factor.js';
import { randomOrder } from './random-order.js';

expectNoLeaks();

/** Weights from 0 to `most`, in steps of 1. */
function wholeWeights(n: number, most: number, seed: number): Float32Array {
  const draw = mersenneTwister(seed);
  return Float32Array.from({ length: n }, () => draw() % (most + 1));
}

test('agrees with weighted means and sums, computed slowly', async () => {
  const data = blobs(150, 4, 21);
  const draw = mersenneTwister(22);
  const weights = Float32Array.from(data, () => draw() / 2 ** 31);
  let centroids = data.slice(0, 5);
  const [points, initialCentroids] = [tensor2d(data), tensor2d(centroids)];
  const found = await kMeans(points, 5, { iterations: 4, weights, initialCentroids });
  const objective: number[] = [];
  const imbalance: number[] = [];
  for (let iteration = 0; iteration < 4; iteration++) {
    const nearest = data.map((point) => slowNearest(point, centroids));
    objective.push(data.reduce((sum, point, i) => sum + weights[i]! * square(point, centroids[nearest[i]!]!), 0));
    const masses = centroids.map((_, c) => data.reduce((sum, __, i) => sum + (nearest[i] === c ? weights[i]! : 0), 0));
    imbalance.push(imbalanceFactor(masses));
    centroids = centroids.map((centroid, c) =>
      centroid.map(
        (_, j) => data.reduce((s, x, i) => s + (nearest[i] === c ? weights[i]! * x[j]! : 0), 0) / masses[c]!,
      ),
    );
  }
  expect(found.centroids).toBeAllclose(centroids.flat());
  expect(found.objective).toBeAllclose(objective);
  expect(found.iterations.map((iteration) => iteration.imbalance)).toBeAllclose(imbalance, 1e-6);
  const assignments = numbers(found.assignments);
  expect(numbers(found.counts)).toEqual(centroids.map((_, c) => assignments.filter((a) => a === c).length));
  found.dispose();
  dispose([points, initialCentroids]);
});

test.each([false, true])('whole weights are repeated points (spherical: %s)', async (spherical) => {
  const data = blobs(120, 3, 23);
  const weights = wholeWeights(120, 3, 24);
  const repeated = data.flatMap((point, i) => new Array<number[]>(weights[i]!).fill(point));
  const [points, more] = [tensor2d(data), tensor2d(repeated)];
  const initialCentroids = tensor2d(data.slice(0, 6));
  const options = { initialCentroids, spherical, iterations: 6 };
  const found = await kMeans(points, 6, { ...options, weights });
  const expected = await kMeans(more, 6, options);
  expect(found.centroids).toBeAllclose(expected.centroids, 1e-6);
  expect(found.objective).toBeAllclose(expected.objective, 1e-6);
  expect(found.iterations.map((iteration) => iteration.imbalance)).toBeAllclose(
    expected.iterations.map((iteration) => iteration.imbalance),
    1e-6,
  );
  for (const result of [found, expected]) result.dispose();
  dispose([points, more, initialCentroids]);
});

test('weights of 1 change no bit; tensors, of whole numbers too, are as good as arrays', async () => {
  const points = tensor2d(blobs(130, 4, 25));
  const weights = wholeWeights(130, 2, 26);
  const given = [tensor1d(weights), tensor1d([...weights], 'int32')];
  const one = await kMeans(points, 7, { weights: new Float32Array(130).fill(1) });
  const none = await kMeans(points, 7);
  const [array, ...tensors] = [
    await kMeans(points, 7, { weights }),
    await kMeans(points, 7, { weights: given[0]! }),
    await kMeans(points, 7, { weights: given[1]! }),
  ];
  expect(numbers(one.centroids)).toEqual(numbers(none.centroids));
  expect(one.objective).toEqual(none.objective);
  for (const other of tensors) expect(numbers(other.centroids)).toEqual(numbers(array!.centroids));
  expect(numbers(array!.centroids)).not.toEqual(numbers(none.centroids));
  for (const result of [one, none, array!, ...tensors]) result.dispose();
  dispose([points, given]);
});

test('the scale of small weights does not matter, nor that no cluster weighs more than 1', async () => {
  const data = blobs(200, 3, 27);
  const points = tensor2d(data);
  // One centroid far off is empty, and is filled.
  const initialCentroids = tensor2d([...data.slice(0, 4), [1000, 1000, 1000]]);
  const ones = await kMeans(points, 5, { initialCentroids, iterations: 5 });
  const small = await kMeans(points, 5, {
    initialCentroids,
    iterations: 5,
    weights: new Float32Array(200).fill(2 ** -40),
  });
  expect(small.splits[0]).toBe(1);
  expect(small.splits).toEqual(ones.splits);
  expect(numbers(small.centroids)).toEqual(numbers(ones.centroids));
  expect(small.objective).toBeAllclose(
    ones.objective.map((value) => value * 2 ** -40),
    1e-6,
  );
  for (const result of [ones, small]) result.dispose();
  dispose([points, initialCentroids]);
});

test('a random subset takes its weights along', async () => {
  const points = tensor2d(blobs(300, 4, 28));
  const weights = wholeWeights(300, 4, 29);
  const order = randomOrder(300, 77).slice(0, 5 * 20);
  const subset = gather(points, Array.from(order));
  const sampled = await kMeans(points, 5, { seed: 77, maxPointsPerCentroid: 20, weights });
  const direct = await kMeans(subset, 5, { seed: 77, weights: Float32Array.from(order, (i) => weights[i]!) });
  expect(numbers(sampled.centroids)).toEqual(numbers(direct.centroids));
  expect(sampled.objective).toEqual(direct.objective);
  sampled.dispose();
  direct.dispose();
  dispose([points, subset]);
});

test('as few weights above 0 as clusters: finite, and each of these points is found', async () => {
  const data = blobs(60, 3, 30);
  const points = tensor2d(data);
  const weights = new Float32Array(60);
  for (const i of [7, 20, 41]) weights[i] = 1e-30;
  const { centroids, objective, iterations, dispose: release } = await kMeans(points, 3, { weights });
  const byFirst = (matrix: number[][]) => matrix.sort((a, b) => a[0]! - b[0]!).flat();
  expect(byFirst(rows(centroids))).toBeAllclose(byFirst([7, 20, 41].map((i) => data[i]!)));
  for (const value of [...objective, ...iterations.map(({ imbalance }) => imbalance)]) {
    expect(Number.isFinite(value)).toBe(true);
  }
  release();
  points.dispose();
});
