import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import { concat, dispose, fill, memory, range, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type ProtoNCELevel, protoNCE } from './proto-nce.js';

for (const mode of ['paper', 'reference'] as const) {
  testLoss(
    `protoNCE in ${mode} mode`,
    (q, k, n, { temperature, reduction }) =>
      tidy(() => {
        const [rows, negatives] = [k.shape[0], n.shape[0]];
        const level = {
          centroids: concat([k, n]),
          concentration: fill([rows + negatives], temperature),
          positives: range(0, rows, 1, 'int32'),
          negatives: range(rows, rows + negatives, 1, 'int32'),
        } as ProtoNCELevel;
        return protoNCE(q, [level], { mode, reduction });
      }),
    { masks: 'none' },
  );
}

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The formula, one row and one prototype at a time, in float64. */
function slowProtoNCE(q: number[][], c: number[][], phi: number[], positives: number[], mode: string, ids?: number[]) {
  return q.map((query, i) => {
    const own = positives[i]!;
    const term = (j: number) => Math.exp(dot(query, c[j]!) / phi[j]!);
    let denominator = term(own);
    if (mode === 'paper') {
      for (const j of ids ?? c.keys()) if (j !== own) denominator += term(j);
    } else {
      for (const row of q.keys()) if (row !== i) denominator += term(positives[row]!);
      for (const j of ids ?? [...c.keys()].filter((id) => !positives.includes(id))) denominator += term(j);
    }
    return -Math.log(term(own) / denominator);
  });
}

function example() {
  const rng = createRng(11);
  const rows = (count: number) =>
    Array.from({ length: count }, () => {
      const row = Array.from({ length: 4 }, () => rng.normal());
      return row.map((x) => x / Math.hypot(...row));
    });
  const c = rows(8);
  return { q: rows(5), c, phi: c.map(() => 0.1 + 0.3 * rng.uniform()), positives: [2, 2, 5, 0, 7] };
}

describe('protoNCE', () => {
  for (const mode of ['paper', 'reference'] as const) {
    for (const ids of [[1, 3, 4], [2, 3, 6, 1], undefined]) {
      it(`computes the formula, ${mode}, ${ids ? `negatives ${ids}` : 'all negatives'}`, () => {
        const { q, c, phi, positives } = example();
        const query = tensor2d(q);
        const level: ProtoNCELevel = {
          centroids: tensor2d(c),
          concentration: tensor1d(phi),
          positives: tensor1d(positives, 'int32'),
          ...(ids && { negatives: tensor1d(ids, 'int32') }),
        };
        const rows = protoNCE(query, [level], { mode, reduction: 'none' });
        expect(rows).toBeAllclose(slowProtoNCE(q, c, phi, positives, mode, ids), 1e-5);
        const twice = protoNCE(query, [level, level], { mode, reduction: 'none' });
        expect(twice).toBeAllclose(rows, 1e-6);
        dispose([query, rows, twice, ...Object.values(level)]);
      });
    }
  }

  it('refuses levels that cannot be used, and leaves nothing behind', () => {
    const { q, c, phi, positives } = example();
    const query = tensor2d(q);
    const level = { centroids: tensor2d(c), concentration: tensor1d(phi), positives: tensor1d(positives, 'int32') };
    const none = tensor1d([], 'int32');
    const outOfRange = tensor1d([8], 'int32');
    const before = memory().numTensors;
    expect(() => protoNCE(query, [])).toThrow(/needed levels with at least 1 level, got 0/);
    expect(() => protoNCE(query, [{ ...level, negatives: none }])).toThrow(/levels\[0\].negatives as int32 \[R\]/);
    expect(() => protoNCE(query, [{ ...level, negatives: outOfRange }])).toThrow(
      /levels\[0\].negatives must be an id from 0 to 7, got 8 at 0/,
    );
    expect(() => protoNCE(query, [{ ...level, positives: none }])).toThrow(RangeError);
    expect(memory().numTensors).toBe(before);
    dispose([query, none, outOfRange, ...Object.values(level)]);
  });
});
