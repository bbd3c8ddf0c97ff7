import { knnTop1 } from '@hcsc/eval';
import { defineAblation, defineRecipe, sgd } from '@hcsc/train';
import { firstImages } from './small-data.js';
import tiny from './tiny.fixture.js';

/** Four runs of seconds, two of which cannot go well. */
export default defineAblation({
  name: 'tiny-ablation',
  factors: { rate: [0.06, 1e30] },
  seeds: [0, 1],
  baseline: { rate: 0.06 },
  metrics: [knnTop1()],
  recipe: ({ rate }) =>
    defineRecipe({
      ...tiny,
      epochs: 3,
      data: firstImages(64, 50),
      monitors: [],
      optimizer: sgd({ learningRate: rate, momentum: 0.9, weightDecay: 5e-4 }),
    }),
});
