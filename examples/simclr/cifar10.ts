import { mlp } from '@hcsc/backbones';
import { cifar10Statistics, simclr as simclrViews } from '@hcsc/data';
import { defineRecipe } from '@hcsc/train';
import { cifar10Data } from '../large-data.js';
import { resnetOfDepth } from '../resnet-of-depth.js';
import { simclr } from './method.js';
import { simclrOptimizer } from './optimizer.js';

/**
 * SimCLR on CIFAR-10 (arXiv 2002.05709, appendix B.9, and the command of its repository): ResNet-18 with the CIFAR stem
 * (`depth=50`: ResNet-50), weak colours, no blur, temperature 0.5. 800 epochs, as SPPS (arXiv 2306.16122) compares them.
 *
 *   HCSC_DATA=<folder with cifar-10-batches-bin> npm run hcsc -- pretrain examples/simclr/cifar10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given. SimCLR does not normalise images; this recipe
 * does, so that all recipes of a data set show encoders the same.
 */
export default defineRecipe({
  name: 'simclr-cifar10',
  seed: 0,
  epochs: 800,
  batchSize: 512,
  data: cifar10Data,
  views: simclrViews({ size: 32, strength: 0.5, normalize: cifar10Statistics }),
  settings: { depth: 18, temperature: 0.5 },
  method({ rng, imageShape, pairs, settings: { depth, temperature } }) {
    const encoder = resnetOfDepth(depth, { stem: 'cifar', inputShape: imageShape, rng: rng.fork('encoder') });
    const width = encoder.outputs[0]!.shape[1]!;
    const head = mlp({ hidden: width, units: 128, batchNorm: true, rng: rng.fork('head') });
    return simclr({ encoder, head, temperature, pairs });
  },
  ...simclrOptimizer(512, { rate: 1 }),
});
