import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import {
  concat,
  dispose,
  fill,
  memory,
  range,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type PrototypeLevel, pcsc } from './pcsc.js';

/** The keys as the queries' prototypes, the negatives as further prototypes; other queries' prototypes are rejected. */
function asPrototypes(key: Tensor2D, negatives: Tensor2D, temperature: number, keep?: Tensor2D): PrototypeLevel {
  const [n, k] = [key.shape[0], key.shape[0] + negatives.shape[0]];
  return {
    centroids: concat([key, negatives]),
    concentration: fill([k], temperature),
    positives: range(0, n, 1, 'int32'),
    keep: keep && (concat([zeros([n, n], keep.dtype as 'float32'), keep], 1) as Tensor2D),
    used: k,
  };
}

testLoss('pcsc', (q, k, n, { keep, temperature, reduction }) =>
  tidy(() => pcsc(q, [asPrototypes(k, n, temperature, keep)], { reduction })),
);
testLoss(
  'pcsc of two levels in reference mode',
  (q, k, n, { keep, temperature, reduction }) =>
    tidy(() => {
      const levels = [asPrototypes(k, n, temperature, keep), asPrototypes(k, n, 2 * temperature, keep)];
      return pcsc(q, levels, { reduction, mode: 'reference' });
    }),
  { masks: 'reference' },
);

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

interface Level {
  c: number[][];
  phi: number[];
  positives: number[];
  keep: number[][];
}

/** The formula, one row and one prototype at a time, in float64. */
function slowLevel(q: number[][], { c, phi, positives, keep }: Level, mode: string, used: number): number[] {
  return q.map((query, i) => {
    const own = positives[i]!;
    const positive = Math.exp(dot(query, c[own]!) / phi[own]!);
    let denominator = positive;
    c.forEach((centroid, j) => {
      const kept = keep[i]![j] === 1;
      if (mode === 'paper') {
        if (j !== own && kept) denominator += Math.exp(dot(query, centroid) / phi[j]!);
      } else if (j < used && !positives.includes(j)) {
        denominator += kept ? Math.exp(dot(query, centroid) / phi[j]!) : 1;
      }
    });
    return -Math.log(positive / denominator);
  });
}

function example(seed: number, clusters: number[]) {
  const rng = createRng(seed);
  const rows = (count: number) =>
    Array.from({ length: count }, () => {
      const row = Array.from({ length: 4 }, () => rng.normal());
      return row.map((x) => x / Math.hypot(...row));
    });
  const q = rows(5);
  const levels = clusters.map((k): Level => {
    const phi = Array.from({ length: k }, () => 0.1 + 0.3 * rng.uniform());
    const positives = q.map(() => rng.integer(k));
    const keep = q.map((_, i) => Array.from({ length: k }, () => (i > 0 && rng.uniform() < 0.6 ? 1 : 0)));
    return { c: rows(k), phi, positives, keep };
  });
  return { q, levels };
}

const toTensors = ({ c, phi, positives, keep }: Level, used?: number) => ({
  centroids: tensor2d(c),
  concentration: tensor1d(phi),
  positives: tensor1d(positives, 'int32') as Tensor1D,
  keep: tensor2d(keep),
  used,
});

const release = ({ centroids, concentration, positives, keep }: PrototypeLevel) =>
  dispose([centroids, concentration, positives, ...(keep ? [keep] : [])]);

describe('pcsc', () => {
  for (const mode of ['paper', 'reference'] as const) {
    for (const used of [undefined, 4, 9]) {
      it(`computes the formula, ${mode}, used ${used}`, () => {
        const { q, levels } = example(7, [9, 12]);
        const query = tensor2d(q);
        const tensors = levels.map((level) => toTensors(level, used));
        const loss = pcsc(query, tensors, { mode, reduction: 'none' });
        const slow = levels.map((level) => slowLevel(q, level, mode, used ?? level.c.length - 1));
        const expected = q.map((_, i) => slow.reduce((sum, rows) => sum + rows[i]! / levels.length, 0));
        expect(loss).toBeAllclose(expected, 1e-5);
        dispose([query, loss]);
        tensors.forEach(release);
      });
    }
  }

  it('keeps all prototypes where no mask is given', () => {
    const { q, levels } = example(8, [6]);
    const query = tensor2d(q);
    const { keep, ...level } = toTensors(levels[0]!);
    const loss = pcsc(query, [level], { reduction: 'none' });
    const ones = levels[0]!.keep.map((row) => row.map(() => 1));
    expect(loss).toBeAllclose(slowLevel(q, { ...levels[0]!, keep: ones }, 'paper', 6), 1e-5);
    dispose([query, keep, loss]);
    release(level);
  });

  it('is 0 in reference mode when the positives of the batch cover the level', () => {
    const query = tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const level = { centroids: query, concentration: tensor1d([0.1, 0.3]), positives: tensor1d([1, 0], 'int32') };
    const loss = pcsc(query, [level], { mode: 'reference' });
    expect(loss.dataSync()[0]).toBe(0);
    dispose([query, level.concentration, level.positives, loss]);
  });

  it('refuses levels that cannot be used, and leaves nothing behind', () => {
    const { q, levels } = example(9, [3]);
    const query = tensor2d(q);
    const level = toTensors(levels[0]!);
    const zeroPhi = tensor1d([0.1, 0, 0.1]);
    const shortPhi = tensor1d([0.1, 0.2]);
    const outOfRange = tensor1d([0, 1, 2, 3, 0], 'int32');
    const floats = tensor1d([0, 1, 2, 0, 0]);
    const before = memory().numTensors;
    const withLevel = (changes: Partial<PrototypeLevel>) => () => pcsc(query, [level, { ...level, ...changes }]);
    expect(() => pcsc(query, [])).toThrow(/needed levels with at least 1 level, got 0/);
    expect(withLevel({ concentration: zeroPhi })).toThrow(
      /levels\[1\].concentration must be a finite number above 0, got 0 at 1/,
    );
    expect(withLevel({ concentration: shortPhi })).toThrow(/needed levels\[1\].concentration as float32 \[3\], got/);
    expect(withLevel({ positives: outOfRange })).toThrow(/levels\[1\].positives must be an id from 0 to 2, got 3 at 3/);
    expect(withLevel({ positives: floats })).toThrow(TypeError);
    expect(withLevel({ keep: level.centroids })).toThrow(RangeError);
    expect(withLevel({ used: 4 })).toThrow(/needed levels\[1\].used as an integer from 0 to 3, got 4/);
    expect(memory().numTensors).toBe(before);
    dispose([query, zeroPhi, shortPhi, outOfRange, floats]);
    release(level);
  });
});
