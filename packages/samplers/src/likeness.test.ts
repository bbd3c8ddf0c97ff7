import { createRng } from '@hcsc/random';
import { dispose, div, fill, norm, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { likeness } from './likeness.js';

describe('likeness', () => {
  it('gives the same in blocks as at once', () => {
    const rng = createRng(0);
    const unit = (n: number) =>
      tidy(() => {
        const rows = rng.normalTensor([n, 5]);
        return div(rows, norm(rows, 2, 1, true)) as Tensor2D;
      });
    const [candidates, centroids] = [unit(17), unit(6)];
    const phi = fill([6], 0.2);
    const columns = tensor1d([5, 0, 0], 'int32');
    const whole = likeness(candidates, centroids, phi, columns);
    for (const block of [6, 30, 101]) {
      const pieces = tidy(() => likeness(candidates, centroids, phi, columns, null, block));
      expect(pieces).toBeAllclose(whole, 1e-6);
      pieces.dispose();
    }
    dispose([candidates, centroids, phi, columns, whole]);
  });
});
