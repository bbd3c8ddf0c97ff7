import { resnet50 } from '@hcsc/backbones';
import { imagenetStatistics, ressl } from '@hcsc/data';
import { defineRecipe, normAndBias, sgd } from '@hcsc/train';
import { imagenetData } from '../large-data.js';
import { warmedUp, warmupOf } from '../warmed-up.js';
import { cgh } from './method.js';
import { projectionsOf } from './projections.js';

/** Epochs in which the rate rises, and InfoNCE gives way to relations; a tenth of the run if that is shorter. */
const WARMUP = 5;

/**
 * CGH on ImageNet (WACV 2024): ResNet-50, images of 224 pixels, batches of 256, two queues of 131,072, 200 epochs of which 5 are
 * the warm-up of rate and relations; all temperatures 0.08, as in the paper's configuration.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> npm run hcsc -- pretrain examples/cgh/imagenet.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 *
 * A batch is taken in 4 parts of 64 images, updated with once: memory holds a part. All parts are compared with the queues as
 * they were before the step, so that nothing is lost; batch norm takes its statistics of 32 images, half a part, as the official
 * code does on one device (8 parts of 256), and keys are shuffled within a part. The hypercolumn's takes those of a whole part,
 * 64 images; there, of all 256.
 */
export default defineRecipe({
  name: 'cgh-imagenet',
  seed: 0,
  epochs: 200,
  batchSize: 256,
  accumulate: 4,
  data: imagenetData,
  views: ressl({ size: 224, normalize: imagenetStatistics }),
  settings: { momentum: 0.999, queue: 131_072, splits: 2, localViews: 0 },
  method({ rng, imageShape, epochs, stepsPerEpoch, settings: { splits, ...settings } }) {
    const encoder = resnet50({ inputShape: imageShape, batchNorm: { splits }, rng: rng.fork('encoder') });
    const projections = projectionsOf(encoder, { rng, hidden: 4096, units: 512 });
    return cgh({
      encoder,
      projections,
      rng,
      warmupSteps: Math.round(warmupOf(WARMUP, epochs) * stepsPerEpoch),
      ...settings,
    });
  },
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4, exclude: normAndBias }),
  schedule: warmedUp(WARMUP),
});
