import { createRng } from '@hcsc/random';
import { type NegativeSampler, selectiveInstances } from '@hcsc/samplers';
import * as tf from '@tensorflow/tfjs-core';
import { type Negatives, others } from './train.js';

/**
 * Negatives by a sampler of `@hcsc/samplers`, among the others of the batch. There is no clustering here: each image is
 * the one prototype of its own, so that HCSC's selection seldom pushes away what looks like the image itself.
 */
export function selectedNegatives(seed: number, sampler: NegativeSampler = selectiveInstances()): Negatives {
  const rng = createRng(seed);
  return (anchors, candidates) =>
    tf.tidy(() => {
      const count = anchors.shape[0];
      const level = {
        centroids: candidates,
        concentration: tf.fill([count], 0.2) as tf.Tensor1D,
        parents: null,
        positives: tf.range(0, count, 1, 'int32'),
      };
      const [keep] = sampler.keep({ candidates: [candidates], levels: [level], anchors, rng });
      return tf.mul(others(anchors, candidates), keep!);
    });
}
