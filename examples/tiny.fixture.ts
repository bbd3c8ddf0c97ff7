import { mlp, resnet } from '@hcsc/backbones';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { defineRecipe } from '@hcsc/train';
import { hcsc } from './hcsc/method.js';
import full from './hcsc/recipe.js';
import { firstImages } from './small-data.js';

/** The HCSC recipe, small enough to be a test on any machine. */
export default defineRecipe({
  ...full,
  name: 'tiny',
  epochs: 12,
  batchSize: 32,
  data: firstImages(512, 100),
  settings: {},
  method: ({ rng, imageShape, epochs }) =>
    hcsc({
      encoder: resnet({
        blocks: [1, 1],
        widths: [8, 16],
        stem: 'cifar',
        inputShape: imageShape,
        batchNorm: { splits: 4 },
        rng: rng.fork('encoder'),
      }),
      head: mlp({ hidden: 32, units: 32, rng: rng.fork('head') }),
      rng,
      momentum: 0.99,
      queue: 128,
      warmupEpochs: Math.round(epochs / 3),
      clusters: [40, 15, 5],
      instanceSampler: selectiveInstances(),
      prototypeSampler: selectivePrototypes(),
    }),
});
