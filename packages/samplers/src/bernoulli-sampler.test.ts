import { createRng } from '@hcsc/random';
import { testNegativeSampler } from '@hcsc/testing';
import { dispose, matMul, relu, sub, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { bernoulliSampler } from './bernoulli-sampler.js';

testNegativeSampler('a sampler of one expression', () =>
  bernoulliSampler('dissimilar', ({ anchors, candidates }, level) =>
    sub(1, relu(matMul(anchors!, candidates[level]!, false, true))),
  ),
);

describe('bernoulliSampler', () => {
  it('asks validate before probability', () => {
    const sampler = bernoulliSampler('strict', () => expect.unreachable(), {
      validate: ({ anchors }) => {
        if (!anchors) throw new TypeError('Cannot sample with strict: needed anchors');
      },
    });
    const centroids = tensor2d([[1, 0]]);
    const [concentration, positives] = [tensor1d([0.2]), tensor1d([0], 'int32')];
    const levels = [{ centroids, concentration, positives, parents: null }];
    expect(() => sampler.keep({ candidates: [centroids], levels, rng: createRng(0) })).toThrow(/needed anchors/);
    dispose([centroids, concentration, positives]);
  });
});
