import { mlp, resnet } from '@hcsc/backbones';
import { fashionMnistSample, mocoV2 } from '@hcsc/data';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { cosine, defineRecipe, sgd } from '@hcsc/train';
import { hcsc } from './method.js';

export default defineRecipe({
  name: 'hcsc',
  seed: 0,
  epochs: 24,
  batchSize: 64,
  data: fashionMnistSample(),
  views: mocoV2({ size: 28, scale: [0.3, 1], jitter: { p: 1 } }),
  settings: { momentum: 0.99, queue: 1024, temperature: 0.2, warmup: 1 / 3, splits: 1 },
  method: ({ rng, imageShape, epochs, settings }) =>
    hcsc({
      encoder: resnet({
        blocks: [2, 2, 2, 1],
        widths: [16, 32, 64, 128],
        stem: 'cifar',
        inputShape: imageShape,
        batchNorm: { splits: settings.splits },
        rng: rng.fork('encoder'),
      }),
      head: mlp({ hidden: 64, units: 64, rng: rng.fork('head') }),
      rng,
      momentum: settings.momentum,
      queue: settings.queue,
      temperature: settings.temperature,
      warmupEpochs: Math.round(settings.warmup * epochs),
      clusters: [120, 40, 10],
      instanceSampler: selectiveInstances(),
      prototypeSampler: selectivePrototypes(),
    }),
  optimizer: sgd({ learningRate: 0.03, momentum: 0.9, weightDecay: 5e-4 }),
  schedule: cosine(),
});
