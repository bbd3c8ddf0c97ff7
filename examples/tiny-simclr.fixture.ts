import { mlp, resnet } from '@hcsc/backbones';
import { defineRecipe } from '@hcsc/train';
import { simclr } from './simclr/method.js';
import full from './simclr/recipe.js';
import { firstImages } from './small-data.js';

/** SimCLR, small enough to be a test on any machine. */
export default defineRecipe({
  ...full,
  name: 'tiny-simclr',
  epochs: 2,
  batchSize: 64,
  data: firstImages(512, 100),
  method: ({ rng, imageShape, pairs, settings }) =>
    simclr({
      encoder: resnet({
        blocks: [1, 1],
        widths: [8, 16],
        stem: 'cifar',
        inputShape: imageShape,
        rng: rng.fork('encoder'),
      }),
      head: mlp({ hidden: 32, units: 32, rng: rng.fork('head') }),
      pairs,
      ...settings,
    }),
});
