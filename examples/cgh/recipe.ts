import { resnet } from '@hcsc/backbones';
import { fashionMnistSample, ressl } from '@hcsc/data';
import { cosine, defineRecipe, normAndBias, sgd } from '@hcsc/train';
import { cgh } from './method.js';
import { projectionsOf } from './projections.js';

/**
 * CGH on the 6,000 Fashion-MNIST images that ship with the repository.
 *
 *   npm run example -- cgh
 */
export default defineRecipe({
  name: 'cgh',
  seed: 0,
  epochs: 20,
  batchSize: 64,
  data: fashionMnistSample(),
  views: ressl({ size: 28, scale: [0.3, 1], jitter: { p: 1 } }),
  settings: { momentum: 0.99, queue: 1024, warmup: 1 / 4, splits: 4, student: 0.1, teacher: 0.04 },
  method({ rng, imageShape, epochs, stepsPerEpoch, settings: { warmup, splits, student, teacher, ...settings } }) {
    const encoder = resnet({
      blocks: [2, 2, 2, 1],
      widths: [16, 32, 64, 128],
      stem: 'cifar',
      inputShape: imageShape,
      batchNorm: { splits },
      rng: rng.fork('encoder'),
    });
    const projections = projectionsOf(encoder, { rng, hidden: 64, units: 64, splits });
    const temperatures = { global: { student, teacher }, hypercolumn: { student, teacher } };
    const warmupSteps = Math.round(warmup * epochs * stepsPerEpoch);
    return cgh({ encoder, projections, rng, temperatures, warmupSteps, ...settings });
  },
  optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4, exclude: normAndBias }),
  schedule: cosine(),
});
