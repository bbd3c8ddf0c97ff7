import { createRng } from '@hcsc/random';
import { testNegativeSampler } from '@hcsc/testing';
import { dispose, memory, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { selectiveInstances } from './selective-instances.js';

testNegativeSampler('selectiveInstances', () => selectiveInstances());

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The formula, one anchor and one candidate at a time, in float64. */
function slowProbabilities(
  n: number[][],
  c: number[][],
  phi: number[],
  positives: number[],
  floor: number,
  max: number,
) {
  return positives.map((own) =>
    n.map((candidate) => {
      const logits = c.map((centroid, k) => dot(candidate, centroid) / Math.max(phi[k]!, floor));
      const top = Math.max(...logits);
      const exps = logits.map((logit) => Math.exp(logit - top));
      return Math.min(1 - exps[own]! / exps.reduce((a, b) => a + b), max);
    }),
  );
}

function example(clusters: number) {
  const rng = createRng(3);
  const rows = (count: number) =>
    Array.from({ length: count }, () => {
      const row = Array.from({ length: 4 }, () => rng.normal());
      return row.map((x) => x / Math.hypot(...row));
    });
  const c = rows(clusters);
  const phi = c.map((_, i) => (i === 0 ? 0.02 : 0.1 + 0.2 * rng.uniform()));
  return { n: rows(11), c, phi, positives: [0, 2, 2, clusters - 1] };
}

const levelOf = (c: number[][], phi: number[], positives: number[]) => ({
  centroids: tensor2d(c),
  concentration: tensor1d(phi),
  positives: tensor1d(positives, 'int32') as Tensor1D,
  parents: null,
});

describe('selectiveInstances', () => {
  for (const { floor, max } of [
    { floor: 1e-3, max: 0.999 },
    { floor: 0.15, max: 0.7 },
  ]) {
    it(`computes the formula with floor ${floor} and max ${max}`, () => {
      const { n, c, phi, positives } = example(6);
      const level = levelOf(c, phi, positives);
      const queue = tensor2d(n);
      const request = { candidates: [queue], levels: [level], rng: createRng(0) };
      const [p] = selectiveInstances({ floor, max }).probabilities(request);
      expect(p!).toBeAllclose(slowProbabilities(n, c, phi, positives, floor, max).flat(), 1e-5);
      dispose([p!, queue, level.centroids, level.concentration, level.positives]);
    });
  }

  it('rejects what looks like the own cluster, and keeps what does not', () => {
    const level = levelOf(
      [
        [1, 0],
        [-1, 0],
      ],
      [0.1, 0.1],
      [0, 1],
    );
    const queue = tensor2d([
      [1, 0],
      [-1, 0],
    ]);
    const request = { candidates: [queue], levels: [level], rng: createRng(0) };
    const [p] = selectiveInstances({ max: 1 }).probabilities(request);
    expect(p!).toBeAllclose([0, 1, 1, 0], 1e-5);
    const [mask] = selectiveInstances({ max: 1 }).keep(request);
    expect(mask!).toBeAllclose([0, 1, 1, 0], 0);
    dispose([p!, mask!, queue, level.centroids, level.concentration, level.positives]);
  });

  it('draws every level anew', () => {
    const { n, c, phi, positives } = example(6);
    const level = levelOf(c, phi, positives);
    const queue = tensor2d(n);
    const masks = selectiveInstances({ max: 0.5 }).keep({
      candidates: [queue, queue],
      levels: [level, level],
      rng: createRng(0),
    });
    expect(masks[0]!.dataSync()).not.toEqual(masks[1]!.dataSync());
    dispose([...masks, queue, level.centroids, level.concentration, level.positives]);
  });

  it('looks at the values of a request, unless it is told not to', () => {
    const { n, c, phi, positives } = example(3);
    const level = levelOf(c, phi, positives);
    const queue = tensor2d(n);
    const long = tensor2d(n.map((row, i) => (i === 4 ? row.map((x) => 2 * x) : row)));
    const broken = tensor2d(n.map((row) => row.map(() => Number.NaN)));
    const zeroPhi = tensor1d([0.1, 0.1, 0]);
    const outOfRange = tensor1d([0, 3, 1, 1], 'int32');
    const before = memory().numTensors;
    const sampler = selectiveInstances();
    const keep = (changes: object) => () =>
      sampler.keep({ candidates: [queue], levels: [level], rng: createRng(0), ...changes });
    expect(keep({ candidates: [long] })).toThrow(
      new RangeError(
        'Cannot sample negatives with selectiveInstances: the length of a row of candidates[0] must be 1 ± 0.01; L2-normalise the rows, got 2 at 4 (1 of 11). check: false in the request skips this test',
      ),
    );
    expect(keep({ candidates: [broken] })).toThrow(/got NaN at 0 \(11 of 11\)/);
    expect(keep({ levels: [{ ...level, concentration: zeroPhi }] })).toThrow(
      /levels\[0\].concentration must be a finite number above 0, got 0 at 2/,
    );
    expect(keep({ levels: [{ ...level, positives: outOfRange }] })).toThrow(
      /levels\[0\].positives must be an id from 0 to 2, got 3 at 1/,
    );
    expect(memory().numTensors).toBe(before);
    const unchecked = keep({ candidates: [long], check: false })();
    expect(unchecked[0]!.shape).toEqual([4, 11]);
    dispose([...unchecked, queue, long, broken, zeroPhi, outOfRange]);
    dispose([level.centroids, level.concentration, level.positives]);
  });

  it('refuses options that are no floor or probability', () => {
    expect(() => selectiveInstances({ floor: 0 })).toThrow(/needed floor as a finite number above 0, got 0/);
    expect(() => selectiveInstances({ max: 1.1 })).toThrow(/needed max as a probability from 0 to 1, got 1.1/);
    expect(() => selectiveInstances({ max: Number.NaN })).toThrow(RangeError);
  });
});
