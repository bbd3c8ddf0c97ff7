import { cifar10Statistics, ressl } from '@hcsc/data';
import { defineRecipe, normAndBias, sgd } from '@hcsc/train';
import { cifar10Data } from '../large-data.js';
import { resnetOfDepth } from '../resnet-of-depth.js';
import { warmedUp, warmupOf } from '../warmed-up.js';
import { cgh } from './method.js';
import { projectionsOf } from './projections.js';

/** Epochs in which the rate rises, and InfoNCE gives way to relations; a tenth of the run if that is shorter. */
const WARMUP = 5;

/**
 * CGH on CIFAR-10. Its authors trained on ImageNet: the frame has the values of ReSSL (arXiv 2107.09282) for small images, a
 * queue of 4,096, momentum 0.99, heads of 512 and 128 units, teachers of 0.04 under students of 0.1. ResNet-18 with the
 * CIFAR stem (`depth=50`: ResNet-50), 200 epochs of which 5 are the warm-up of rate and relations.
 *
 *   HCSC_DATA=<folder with cifar-10-batches-bin> npm run hcsc -- pretrain examples/cgh/cifar10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  name: 'cgh-cifar10',
  seed: 0,
  epochs: 200,
  batchSize: 256,
  data: cifar10Data,
  views: ressl({ size: 32, normalize: cifar10Statistics }),
  settings: { depth: 18, momentum: 0.99, queue: 4096, splits: 8, student: 0.1, teacher: 0.04 },
  method({ rng, imageShape, epochs, stepsPerEpoch, settings: { depth, splits, student, teacher, ...settings } }) {
    const encoder = resnetOfDepth(depth, {
      ...{ stem: 'cifar', inputShape: imageShape, batchNorm: { splits }, rng: rng.fork('encoder') },
    });
    const projections = projectionsOf(encoder, { rng, hidden: 512, units: 128 });
    const temperatures = { global: { student, teacher }, hypercolumn: { student, teacher } };
    return cgh({
      encoder,
      projections,
      rng,
      temperatures,
      warmupSteps: Math.round(warmupOf(WARMUP, epochs) * stepsPerEpoch),
      ...settings,
    });
  },
  optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4, exclude: normAndBias }),
  schedule: warmedUp(WARMUP),
});
