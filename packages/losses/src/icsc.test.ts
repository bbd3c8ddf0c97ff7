import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import { cast, dispose, greater, ones, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { icsc } from './icsc.js';
import { infoNCE } from './info-nce.js';

const all = (q: Tensor2D, n: Tensor2D) => ones([q.shape[0], n.shape[0]]) as Tensor2D;

testLoss('icsc with one level', (q, k, n, { keep, ...request }) =>
  tidy(() => icsc(q, k, n, [keep ?? all(q, n)], request)),
);
testLoss(
  'icsc with two levels in reference mode',
  (q, k, n, { keep, ...request }) =>
    tidy(() => icsc(q, k, n, [keep ?? all(q, n), keep ?? all(q, n)], { ...request, mode: 'reference' })),
  { masks: 'reference' },
);

describe('icsc', () => {
  it('is the sum of one InfoNCE per level, row by row', () => {
    const rng = createRng(5);
    const rows = (n: number) =>
      tensor2d(
        Array.from({ length: n }, () => {
          const angle = 6 * rng.uniform();
          return [Math.cos(angle), Math.sin(angle)];
        }),
      );
    const [query, key, queue] = [rows(3), rows(3), rows(9)];
    const masks = [0.2, 0.5, 0.9].map((share) =>
      tidy(() => cast(greater(share, rng.uniformTensor([3, 9])), 'float32') as Tensor2D),
    );
    for (const mode of ['paper', 'reference'] as const) {
      const sums = [0, 0, 0];
      for (const keep of masks) {
        const level = infoNCE(query, key, queue, { temperature: 0.5, keep, mode, reduction: 'none' });
        level.dataSync().forEach((value, i) => {
          sums[i]! += value;
        });
        level.dispose();
      }
      const loss = icsc(query, key, queue, masks, { temperature: 0.5, mode, reduction: 'none' });
      expect(loss).toBeAllclose(sums, 1e-6);
      loss.dispose();
    }
    dispose([query, key, queue, ...masks]);
  });

  it('refuses no levels, and names the level whose mask is wrong', () => {
    const rows = tensor2d([[1, 0]]);
    const mask = tensor2d([[1]]);
    const wide = tensor2d([[1, 1]]);
    const half = tensor2d([[0.5]]);
    expect(() => icsc(rows, rows, rows, [])).toThrow(/needed keepPerLevel with at least 1 level, got 0/);
    expect(() => icsc(rows, rows, rows, [mask, wide])).toThrow(
      new RangeError(
        'Cannot compute icsc: needed keepPerLevel[1] as float32 or int32 or bool [1, 1], got float32 [1, 2]',
      ),
    );
    expect(() => icsc(rows, rows, rows, [mask, half])).toThrow(/keepPerLevel\[1\] must be 0 or 1, got 0.5/);
    dispose([rows, mask, wide, half]);
  });
});
