import { mlp } from '@hcsc/backbones';
import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/cifar10.js';
import { resnetOfDepth } from '../resnet-of-depth.js';
import { pcl } from './method.js';

/**
 * PCL (arXiv 2005.04966) on CIFAR-10: the recipe of `moco-v2/cifar10.ts`, with prototypes after the first tenth of the epochs,
 * as in the paper. The paper has no CIFAR-10: of its 25,000, 50,000 and 100,000 prototypes on ImageNet there are as many here
 * as give an image as many neighbours, and r is as large a share of them.
 *
 *   HCSC_DATA=<folder with cifar-10-batches-bin> npm run hcsc -- pretrain examples/pcl/cifar10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...moco,
  name: 'pcl-cifar10',
  settings: { ...moco.settings!, warmup: 0.1, negatives: 640 },
  method({ rng, imageShape, epochs, settings: { depth, splits, warmup, ...settings } }) {
    const encoder = resnetOfDepth(depth, {
      ...{ stem: 'cifar', inputShape: imageShape, batchNorm: { splits }, rng: rng.fork('encoder') },
    });
    const head = mlp({ hidden: encoder.outputs[0]!.shape[1]!, units: 128, rng: rng.fork('head') });
    const warmupEpochs = Math.round(warmup * epochs);
    return pcl({ encoder, head, rng, warmupEpochs, clusters: [1000, 2000, 4000], ...settings });
  },
});
