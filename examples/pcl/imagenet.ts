import { mlp, resnet50 } from '@hcsc/backbones';
import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/imagenet.js';
import { pcl } from './method.js';

/**
 * PCL v2 on ImageNet (arXiv 2005.04966): the recipe of `moco-v2/imagenet.ts` for 200 epochs, with a queue of 16,384 as in the
 * official code, and after 20 epochs 25,000, 50,000 and 100,000 prototypes, 16,000 of each drawn as negatives.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> npm run hcsc -- pretrain examples/pcl/imagenet.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given. The paper reports 67.6 % of linear accuracy.
 *
 * As there, a batch is taken in 4 parts of 64 images; prototypes are drawn for each part, as they are on each of the
 * authors' devices.
 */
export default defineRecipe({
  ...moco,
  name: 'pcl-imagenet',
  epochs: 200,
  settings: { ...moco.settings!, queue: 16_384, warmup: 0.1, negatives: 16_000 },
  method: ({ rng, imageShape, epochs, settings: { splits, warmup, ...settings } }) =>
    pcl({
      encoder: resnet50({ inputShape: imageShape, batchNorm: { splits }, rng: rng.fork('encoder') }),
      head: mlp({ hidden: 2048, units: 128, rng: rng.fork('head') }),
      rng,
      warmupEpochs: Math.round(warmup * epochs),
      clusters: [25_000, 50_000, 100_000],
      ...settings,
    }),
});
