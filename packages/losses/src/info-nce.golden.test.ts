import { goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { concat, dispose, expandDims, grads, type Rank, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { infoNCE } from './info-nce.js';
import { instanceLogits } from './instance-logits.js';

const golden = loadGolden('infonce');

describe('infoNCE gives the official numbers', () => {
  for (const [name, inputs] of Object.entries(golden.inputs)) {
    const expected = golden.expected[name]!;
    const tolerance = (path: string) => toleranceOf(golden, name, path);
    const temperature = golden.params[name]!.T as number;

    it(`case ${name}`, () => {
      const q = goldenToTensor<Rank.R2>(inputs.q);
      const k = goldenToTensor<Rank.R2>(inputs.k);
      const negatives = tidy(() => transpose(goldenToTensor<Rank.R2>(inputs.queue)));

      const logits = tidy(() => {
        const { positive, negative } = instanceLogits(q, k, negatives, temperature);
        return concat([expandDims(positive, 1), negative as Tensor2D], 1);
      });
      expect(logits).toBeAllclose(goldenTensor(expected.logits), tolerance('logits'));
      const loss = infoNCE(q, k, negatives, { temperature });
      expect(loss).toBeAllclose(expected.loss as number, tolerance('loss'));
      const rows = infoNCE(q, k, negatives, { temperature, reduction: 'none' });
      expect(rows).toBeAllclose(goldenTensor(expected.per_sample), tolerance('per_sample'));

      const of = (a: Tensor2D, b: Tensor2D) => infoNCE(a, b, negatives, { temperature });
      const [dq, dk] = grads((a, b) => of(a as Tensor2D, b as Tensor2D))([q, k]);
      expect(dq!).toBeAllclose(goldenTensor(expected.grad_q), tolerance('grad_q'));
      const path = 'grad_k_if_not_detached';
      expect(dk!).toBeAllclose(goldenTensor(expected[path]), tolerance(path));
      dispose([q, k, negatives, logits, loss, rows, dq!, dk!]);
    });
  }
});
