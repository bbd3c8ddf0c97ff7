import { mlp, resnet50 } from '@hcsc/backbones';
import { imagenetStatistics, mocoV2 } from '@hcsc/data';
import { cosine, defineRecipe, sgd } from '@hcsc/train';
import { imagenetData } from '../large-data.js';
import { moco } from './method.js';

/**
 * MoCo v2 on ImageNet (arXiv 2003.04297): ResNet-50, images of 224 pixels, batches of 256, a queue of 65,536, 800 epochs.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> npm run hcsc -- pretrain examples/moco-v2/imagenet.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 *
 * A batch is taken in 4 parts of 64 images, updated with once: memory holds a part. All parts are contrasted with the queue
 * as it was before the step, so that nothing is lost; batch norm takes its statistics of 32 images, half a part, as on the
 * 8 devices of the paper, and keys are shuffled within a part.
 */
export default defineRecipe({
  name: 'moco-v2-imagenet',
  seed: 0,
  epochs: 800,
  batchSize: 256,
  accumulate: 4,
  data: imagenetData,
  views: mocoV2({ size: 224, normalize: imagenetStatistics }),
  settings: { momentum: 0.999, queue: 65_536, temperature: 0.2, splits: 2 },
  method: ({ rng, imageShape, pairs, settings: { splits, ...settings } }) =>
    moco({
      encoder: resnet50({ inputShape: imageShape, batchNorm: { splits }, rng: rng.fork('encoder') }),
      head: mlp({ hidden: 2048, units: 128, rng: rng.fork('head') }),
      rng,
      pairs,
      ...settings,
    }),
  optimizer: sgd({ learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 }),
  schedule: cosine(),
});
