import { createRng } from '@hcsc/random';
import { testNegativeSampler } from '@hcsc/testing';
import { dispose, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { allNegatives } from './all-negatives.js';

testNegativeSampler('allNegatives', () => allNegatives());

describe('allNegatives', () => {
  it('keeps all and leaves the random stream where it is', () => {
    const centroids = tensor2d([[1, 0]]);
    const level = {
      centroids,
      concentration: tensor1d([0.2]),
      positives: tensor1d([0, 0], 'int32') as Tensor1D,
      parents: null,
    };
    const rng = createRng(0);
    const before = rng.state();
    const [mask] = allNegatives().keep({ candidates: [centroids], levels: [level], rng });
    expect(mask!).toBeAllclose([1, 1], 0);
    expect(rng.state()).toEqual(before);
    dispose([mask!, centroids, level.concentration, level.positives]);
  });
});
