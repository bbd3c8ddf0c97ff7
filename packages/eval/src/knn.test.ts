import { createRng } from '@hcsc/random';
import { memory, mul, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KnnOptions, knn, knnProtocol } from './index.js';

const [N, M, D, C] = [90, 40, 6, 7];
let train: Tensor2D;
let test_: Tensor2D;
const rng = createRng(5);
const trainLabels = new Int32Array(N).map(() => rng.integer(C));
const testLabels = new Int32Array(M).map(() => rng.integer(C));
beforeAll(() => {
  train = createRng(1).normalTensor([N, D], 0.4) as Tensor2D;
  test_ = createRng(2).normalTensor([M, D], 0.4) as Tensor2D;
});
afterAll(() => {
  train.dispose();
  test_.dispose();
});

/** One pair of rows after the other. */
function slowKnn(k: number, temperature: number, center: boolean) {
  const rows = (t: Tensor2D, n: number) =>
    Array.from({ length: n }, (_, i) => [...t.dataSync().subarray(i * D, (i + 1) * D)]);
  const a = rows(train, N);
  const middle = Array.from({ length: D }, (_, d) => (center ? a.reduce((s, row) => s + row[d]!, 0) / N : 0));
  const unit = (row: number[]) => {
    const moved = row.map((x, d) => x - middle[d]!);
    const length = Math.hypot(...moved);
    return moved.map((x) => x / length);
  };
  const candidates = a.map(unit);
  let [hits, hitsIn5] = [0, 0];
  const predictions: number[] = [];
  const votes: number[] = [];
  rows(test_, M)
    .map(unit)
    .forEach((row, i) => {
      const near = candidates
        .map((other, j) => ({ j, s: other.reduce((sum, x, d) => sum + x * row[d]!, 0) }))
        .sort((x, y) => y.s - x.s)
        .slice(0, k);
      const perClass = new Array(C).fill(0);
      for (const { j, s } of near) perClass[trainLabels[j]!] += Math.exp(s / temperature);
      const ranking = perClass.map((v, c) => ({ v, c })).sort((x, y) => y.v - x.v);
      predictions.push(ranking[0]!.c);
      const total = perClass.reduce((x, y) => x + y);
      votes.push(...perClass.map((v) => v / total));
      if (ranking[0]!.c === testLabels[i]) hits++;
      if (ranking.slice(0, 5).some(({ v, c }) => v > 0 && c === testLabels[i])) hitsIn5++;
    });
  return { top1: hits / M, top5: hitsIn5 / M, predictions, votes };
}

describe.each([
  [1, 0.07, false],
  [3, 0.5, false],
  [20, 0.07, true],
  [N, 0.1, false],
])('k %i, T %d, center %s', (k, temperature, center) => {
  test.each([3, 7, 1000])('agrees with a loop over pairs, in blocks of %i', async (blockSize) => {
    const before = memory().numTensors;
    const result = await knn(train, trainLabels, test_, testLabels, { k, temperature, center, blockSize, votes: true });
    const slow = slowKnn(k, temperature, center);
    expect([...result.predictions]).toEqual(slow.predictions);
    expect(result.top1).toBeCloseTo(slow.top1, 12);
    expect(result.top5).toBeCloseTo(slow.top5, 12);
    expect(result.votes).toBeAllclose(slow.votes, 1e-4);
    expect(memory().numTensors).toBe(before);
  });
});

test('lengths of features do not matter, and without test labels there are predictions only', async () => {
  const long = mul(train, 100) as Tensor2D;
  const { predictions } = await knn(train, trainLabels, test_, testLabels);
  const result = await knn(long, trainLabels, test_, null);
  expect(result).toEqual({ predictions, votes: null });
  long.dispose();
});

test('a temperature so low that exp(1 / T) overflows is nearest neighbour', async () => {
  const cold = await knn(train, trainLabels, test_, testLabels, { temperature: 1e-4, votes: true });
  expect([...cold.predictions]).toEqual(slowKnn(1, 1, false).predictions);
  expect(cold.votes!.every(Number.isFinite)).toBe(true);
});

test('a feature of length 0 does no harm', async () => {
  const zero = tensor2d(new Float32Array(2 * D), [2, D]);
  const { votes } = await knn(train, trainLabels, zero, null, { votes: true });
  expect(votes!.every(Number.isFinite)).toBe(true);
  zero.dispose();
});

test('the preset is k 200, T 0.07', () => expect(knnProtocol).toEqual({ k: 200, temperature: 0.07 }));

describe('bad input is refused, without a tensor left behind', () => {
  const refused = async (
    message: RegExp,
    {
      a = train,
      la = trainLabels,
      b = test_,
      lb = testLabels as Int32Array,
      ...options
    }: KnnOptions & {
      a?: Tensor2D;
      la?: Int32Array;
      b?: Tensor2D;
      lb?: Int32Array;
    },
  ) => {
    const before = memory().numTensors;
    await expect(knn(a, la, b, lb, options)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  };

  test('options', async () => {
    await refused(/91 nearest of 90 .*k from 1 to 90/, { k: N + 1 });
    await refused(/0 nearest/, { k: 0 });
    await refused(/2.5 nearest/, { k: 2.5 });
    await refused(/temperature 0/, { temperature: 0 });
    await refused(/temperature NaN/, { temperature: Number.NaN });
    await refused(/blocks of 0/, { blockSize: 0 });
    await refused(/use 6 classes: labels go up to 6, give at least 7/, { classes: 6 });
  });

  test('labels', async () => {
    await refused(/90 training features with 89 labels/, { la: trainLabels.slice(1) });
    await refused(/40 test features with 41 labels/, { lb: new Int32Array(M + 1) });
    await refused(/-1 as the label of test row 0/, { lb: testLabels.map((l, i) => (i ? l : -1)) });
  });

  test('features', async () => {
    const narrow = tensor2d(new Float32Array(M * 2), [M, 2]);
    await refused(/2 dimensions .* 6/, { b: narrow });
    const whole = tensor2d(new Int32Array(M * D), [M, D], 'int32');
    await refused(/int32: give \[N, D\] float32/, { b: whole });
    const empty = tensor2d([], [0, D]);
    await refused(/shape \[0,6\]/, { b: empty });
    const values = train.dataSync().slice();
    values[17] = Number.NaN;
    const broken = tensor2d(values, [N, D]);
    await refused(/training features that hold NaN/, { a: broken });
    values[17] = Number.POSITIVE_INFINITY;
    const infinite = tensor2d(values, [N, D]);
    await refused(/training features that hold NaN or infinite/, { a: infinite });
    for (const tensor of [narrow, whole, empty, broken, infinite]) tensor.dispose();
  });
});
