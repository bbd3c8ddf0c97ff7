import { mlp, resnet } from '@hcsc/backbones';
import { fashionMnistSample, mocoV2 } from '@hcsc/data';
import { cosine, defineRecipe, sgd } from '@hcsc/train';
import { moco } from './method.js';

/**
 * MoCo v2 on the images that ship with the repository: the HCSC recipe without clusters, to compare it with.
 *
 *   npm run example -- moco-v2
 */
export default defineRecipe({
  name: 'moco-v2',
  seed: 0,
  epochs: 24,
  batchSize: 64,
  data: fashionMnistSample(),
  views: mocoV2({ size: 28, scale: [0.3, 1], jitter: { p: 1 } }),
  settings: { momentum: 0.99, queue: 1024, temperature: 0.2, splits: 1 },
  method: ({ rng, imageShape, pairs, settings: { splits, ...settings } }) =>
    moco({
      encoder: resnet({
        blocks: [2, 2, 2, 1],
        widths: [16, 32, 64, 128],
        stem: 'cifar',
        inputShape: imageShape,
        batchNorm: { splits },
        rng: rng.fork('encoder'),
      }),
      head: mlp({ hidden: 64, units: 64, rng: rng.fork('head') }),
      rng,
      pairs,
      ...settings,
    }),
  optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 }),
  schedule: cosine(),
});
