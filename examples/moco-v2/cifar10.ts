import { mlp } from '@hcsc/backbones';
import { cifar10Statistics, mocoV2 } from '@hcsc/data';
import { cosine, defineRecipe, sgd } from '@hcsc/train';
import { cifar10Data } from '../large-data.js';
import { resnetOfDepth } from '../resnet-of-depth.js';
import { moco } from './method.js';

/**
 * MoCo v2 on CIFAR-10 with the values of its authors' notebook for it: a queue of 4,096, momentum 0.99, temperature 0.1,
 * batch norm in 8 parts. ResNet-18 with the CIFAR stem (`depth=50`: ResNet-50) and an MLP head, 800 epochs.
 *
 *   HCSC_DATA=<folder with cifar-10-batches-bin> npm run hcsc -- pretrain examples/moco-v2/cifar10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  name: 'moco-v2-cifar10',
  seed: 0,
  epochs: 800,
  batchSize: 512,
  data: cifar10Data,
  views: mocoV2({ size: 32, normalize: cifar10Statistics }),
  settings: { depth: 18, momentum: 0.99, queue: 4096, temperature: 0.1, splits: 8 },
  method({ rng, imageShape, pairs, settings: { depth, splits, ...settings } }) {
    const batchNorm = { splits };
    const encoder = resnetOfDepth(depth, {
      ...{ stem: 'cifar', inputShape: imageShape, batchNorm, rng: rng.fork('encoder') },
    });
    const width = encoder.outputs[0]!.shape[1]!;
    return moco({ encoder, head: mlp({ hidden: width, units: 128, rng: rng.fork('head') }), rng, pairs, ...settings });
  },
  optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 }),
  schedule: cosine(),
});
