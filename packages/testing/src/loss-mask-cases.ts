import { cast, concat, dispose, slice, type Tensor2D, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { download } from './download.js';
import { type LossSuite, NEGATIVES, ROWS, relative, WIDTH } from './loss-suite.js';

/** Of losses that take keep-masks. */
export function maskCases({ check, total, values, gradients, options: { masks, reductions } }: LossSuite): void {
  check('is blind to what a rejected negative is', (inputs) => {
    const last = NEGATIVES - 1;
    const keep = tidy(() => concat([slice(inputs.keep, [0, 0], [ROWS, last]), zeros([ROWS, 1])], 1) as Tensor2D);
    const negatives = tidy(() => concat([slice(inputs.negatives, 0, last), slice(inputs.query, 0, 1)]) as Tensor2D);
    expect(relative(total(inputs, { keep, negatives }), total(inputs, { keep }))).toBeLessThan(1e-6);
    dispose([keep, negatives]);
  });

  check('takes masks as float32, int32 and bool alike', (inputs) => {
    for (const dtype of ['int32', 'bool'] as const) {
      const keep = cast(inputs.keep, dtype);
      expect(total(inputs, { keep })).toBe(total(inputs));
      keep.dispose();
    }
  });

  check('is smaller without negatives than with all of them', (inputs) => {
    const none = zeros([ROWS, NEGATIVES]) as Tensor2D;
    const all = tensor2d(new Float32Array(ROWS * NEGATIVES).fill(1), [ROWS, NEGATIVES]);
    const [without, partly, entirely] = [none, inputs.keep, all].map((keep) => total(inputs, { keep }));
    if (masks === 'paper') expect(without).toBeLessThan(partly!);
    expect(partly).not.toBe(entirely);
    dispose([none, all]);
  });

  if (masks !== 'paper') return;
  check('is 0 with gradient 0 in a row that has no negative left', (inputs) => {
    const mask = Array.from(inputs.keep.dataSync()).map((value, i) => (i < NEGATIVES ? 0 : value));
    const keep = tensor2d(mask, [ROWS, NEGATIVES]);
    for (const slopes of gradients(inputs, { keep }).map(download)) {
      for (const slope of slopes.slice(0, WIDTH)) expect(Math.abs(slope)).toBeLessThan(1e-6);
    }
    if (reductions.includes('none')) {
      expect(Math.abs(values(inputs, { keep, reduction: 'none' })[0]!)).toBeLessThan(1e-6);
    }
    keep.dispose();
  });
}
