import { add, dispose, div, mul, norm, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectNoLeaks, numbers } from './blobs.fixture.js';
import { type HierarchyIteration, hierarchicalKMeans } from './index.js';
import { unitFeatures } from './unit-features.fixture.js';

expectNoLeaks();

test('each level starts at the last prototypes, once', async () => {
  const features = unitFeatures(200, 8, 1);
  const moved = tidy(() => {
    const drifted = add(features, mul(unitFeatures(200, 8, 2), 0.1));
    return div(drifted, norm(drifted, 'euclidean', 1, true)) as Tensor2D;
  });
  const last = await hierarchicalKMeans(features, [20, 6]);
  const iterations: HierarchyIteration[] = [];
  const onIteration = (iteration: HierarchyIteration) => iterations.push(iteration);
  const warm = await hierarchicalKMeans(moved, [20, 6], { warmStart: last, iterations: 5, onIteration });
  expect(iterations.map(({ level, restart }) => [level, restart])).toEqual(
    [0, 1].flatMap((level) => Array.from({ length: 5 }, () => [level, 0])),
  );
  const given = await hierarchicalKMeans(moved, [20, 6], {
    initialCentroids: last.levels.map(({ centroids }) => centroids),
    iterations: 5,
  });
  const none = await hierarchicalKMeans(features, [20, 6], { warmStart: null });
  for (const l of [0, 1]) {
    expect(numbers(warm.levels[l]!.centroids)).toEqual(numbers(given.levels[l]!.centroids));
    expect(numbers(none.levels[l]!.centroids)).toEqual(numbers(last.levels[l]!.centroids));
  }
  for (const each of [last, warm, given, none, features, moved]) each.dispose();
});

test('dropped prototypes start again at points, the others in their rows', async () => {
  const features = unitFeatures(120, 6, 3);
  const last = await hierarchicalKMeans(features, [10, 3]);
  const alive = tensor1d([1, 0, 1, 1, 0, 1, 1, 1, 1, 1]);
  const levels = [{ ...last.levels[0]!, alive }, last.levels[1]!];
  const warm = await hierarchicalKMeans(features, [10, 3], { warmStart: { levels }, iterations: 0 });
  const [then, now] = [last, warm].map(({ levels: [level] }) => level!.centroids.arraySync());
  const points = features.arraySync().map(String);
  now!.forEach((row, c) => {
    if (c === 1 || c === 4) expect(points).toContain(String(row));
    else expect(row).toEqual(then![c]);
  });
  expect(String(now![1])).not.toBe(String(now![4]));
  for (const each of [last, warm, features, alive]) each.dispose();
});

test('a start that does not fit is refused', async () => {
  const features = unitFeatures(60, 6, 4);
  const last = await hierarchicalKMeans(features, [8, 3]);
  const starts = last.levels.map(({ centroids }) => centroids);
  await expect(hierarchicalKMeans(features, [8], { warmStart: last })).rejects.toThrow(
    new RangeError('warmStart.levels must hold one matrix for each of 1 levels, got 2'),
  );
  await expect(hierarchicalKMeans(features, [8, 3], { warmStart: last, restarts: 2 })).rejects.toThrow(
    new RangeError('Cannot make 2 runs from the same warmStart: leave restarts at 1'),
  );
  await expect(hierarchicalKMeans(features, [8, 3], { warmStart: last, initialCentroids: starts })).rejects.toThrow(
    'Cannot start at initialCentroids and at a warmStart: give one of them',
  );
  last.dispose();
  dispose(features);
});
