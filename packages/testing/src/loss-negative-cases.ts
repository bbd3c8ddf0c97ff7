import { createRng } from '@hcsc/random';
import { concat, dispose, gather, slice, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { download } from './download.js';
import { type LossSuite, NEGATIVES, ROWS, relative } from './loss-suite.js';

/** Of losses that are given their negatives. */
export function sharedCases({ check, total, options: { seed } }: LossSuite): void {
  check('does not depend on the order of the negatives', (inputs) => {
    const order = tensor1d(createRng(seed + 1).permutation(NEGATIVES), 'int32');
    const shuffled = { negatives: gather(inputs.negatives, order), keep: gather(inputs.keep, order, 1) };
    expect(relative(total(inputs, shuffled), total(inputs))).toBeLessThan(1e-5);
    dispose([order, ...Object.values(shuffled)]);
  });
}

/** Of losses whose negatives are the other images of the batch. */
export function batchCases({ check, total, values, gradients, options: { reductions } }: LossSuite): void {
  check('does not depend on the order of the images', (inputs) => {
    const order = tensor1d(
      Array.from({ length: ROWS }, (_, i) => (i + 1) % ROWS),
      'int32',
    );
    const shuffled = { query: gather(inputs.query, order), key: gather(inputs.key, order) };
    expect(relative(total(inputs, shuffled), total(inputs))).toBeLessThan(1e-5);
    dispose([order, ...Object.values(shuffled)]);
  });

  if (reductions.includes('none')) {
    check('is larger for an image that another one is like', (inputs) => {
      const alike = tidy(() => {
        const first = slice(inputs.query, 0, 1);
        const like = (rows: Tensor2D) => concat([slice(rows, 0, ROWS - 1), first]) as Tensor2D;
        return { query: like(inputs.query), key: like(inputs.key) };
      });
      const [found, before] = [alike, {}].map((changes) => values(inputs, { ...changes, reduction: 'none' })[0]!);
      expect(found).toBeGreaterThan(before! + 0.01);
      dispose(Object.values(alike));
    });
  }

  check('is 0 with gradient 0 for one image, which has no negatives', (inputs) => {
    const one = tidy(() => ({ query: slice(inputs.query, 0, 1), key: slice(inputs.key, 0, 1) }));
    const numbers = [...values(inputs, one), ...gradients(inputs, one).flatMap(download)];
    for (const number of numbers) expect(Math.abs(number)).toBeLessThan(1e-6);
    dispose(Object.values(one));
  });
}
