import { mlp, resnet } from '@hcsc/backbones';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { defineRecipe } from '@hcsc/train';
import { hcsc } from './hcsc/method.js';
import full from './hcsc/recipe.js';
import { firstImages } from './small-data.js';

/** The HCSC recipe, small enough for a test of the command on any machine. */
export default defineRecipe({
  ...full,
  name: 'tiny',
  epochs: 3,
  batchSize: 32,
  data: firstImages(256, 100),
  method: ({ rng, imageShape }) =>
    hcsc({
      encoder: resnet({
        blocks: [1, 1],
        widths: [4, 8],
        stem: 'cifar',
        inputShape: imageShape,
        rng: rng.fork('encoder'),
      }),
      head: mlp({ hidden: 16, units: 16, rng: rng.fork('head') }),
      rng,
      queue: 128,
      warmupEpochs: 1,
      clusters: [24, 8, 3],
      instanceSampler: selectiveInstances(),
      prototypeSampler: selectivePrototypes(),
    }),
});
