import { mlp, resnet50 } from '@hcsc/backbones';
import { imagenetStatistics, simclr as simclrViews } from '@hcsc/data';
import { defineRecipe } from '@hcsc/train';
import { imagenetData } from '../large-data.js';
import { simclr } from './method.js';
import { simclrOptimizer } from './optimizer.js';

/**
 * SimCLR on ImageNet (arXiv 2002.05709): ResNet-50, images of 224 pixels, temperature 0.1, LARS; batches of 1,024 and 800
 * epochs, as SPPS (arXiv 2306.16122) compares them.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> npm run hcsc -- pretrain examples/simclr/imagenet.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 *
 * A batch is taken in 16 parts of 64 images, updated with once: memory holds a part. Then a part is what an image is
 * contrasted with, and what batch norm takes its statistics of: 2 · 64 − 2 = 126 negatives in place of the 2,046 of the whole
 * batch, which the paper has by spreading it over many devices. `--set accumulate=4` has 510, `accumulate=1` all of them,
 * for the memory that it takes.
 */
export default defineRecipe({
  name: 'simclr-imagenet',
  seed: 0,
  epochs: 800,
  batchSize: 1024,
  accumulate: 16,
  data: imagenetData,
  views: simclrViews({ size: 224, normalize: imagenetStatistics }),
  settings: { temperature: 0.1 },
  method: ({ rng, imageShape, pairs, settings }) =>
    simclr({
      encoder: resnet50({ inputShape: imageShape, rng: rng.fork('encoder') }),
      head: mlp({ hidden: 2048, units: 128, batchNorm: true, rng: rng.fork('head') }),
      pairs,
      ...settings,
    }),
  ...simclrOptimizer(1024),
});
