import { mlp, resnet } from '@hcsc/backbones';
import { fashionMnist, mocoV2, simclr as simclrViews, subset } from '@hcsc/data';
import { cosine, defineRecipe, type Method, type MethodContext, type RecipeData, sgd } from '@hcsc/train';
import type { MocoFrameOptions } from './moco-frame.js';
import { moco } from './moco-v2/method.js';
import { simclr } from './simclr/method.js';

const network = ({ rng, imageShape }: MethodContext, splits: number) => ({
  encoder: resnet({
    blocks: [1, 1, 1, 1],
    widths: [16, 32, 64, 128],
    stem: 'cifar',
    inputShape: imageShape,
    batchNorm: { splits },
    rng: rng.fork('encoder'),
  }),
  head: mlp({ hidden: 128, units: 64, rng: rng.fork('head') }),
});

/** Images, and how long they are trained on: the same number of steps whatever is compared. */
export interface Budget {
  readonly data: RecipeData;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

const all = fashionMnist();

/** 4 epochs of 156 steps on 20,000 images of Fashion-MNIST, tested on its 10,000. */
export const smallBudget: Budget = {
  data: {
    name: `20,000 images of ${all.name}`,
    train: async () => subset(await all.train(), 20_000),
    test: () => all.test(),
  },
  epochs: 4,
  stepsPerEpoch: 156,
};

const common = { seed: 0, batchSize: 128, schedule: cosine() };

/** SimCLR with a small ResNet, for Fashion-MNIST. */
export const smallSimclr = (budget: Budget) =>
  defineRecipe({
    ...{ ...common, ...budget, name: 'simclr' },
    views: simclrViews({ size: 28, strength: 0.5, scale: [0.3, 1] }),
    method: (context) => simclr({ ...network(context, 1), temperature: 0.2, pairs: context.pairs }),
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 }),
  });

/** The same network in the frame of MoCo v2. Batch norm in 4 parts keeps queries from knowing their keys by the statistics of the batch. */
export const smallMocoLike = (
  name: string,
  budget: Budget,
  method: (frame: MocoFrameOptions & { temperature: number }, context: MethodContext) => Method,
) =>
  defineRecipe({
    ...{ ...common, ...budget, name },
    views: mocoV2({ size: 28, scale: [0.3, 1], jitter: { p: 1 } }),
    method: (context) =>
      method({ ...network(context, 4), rng: context.rng, momentum: 0.99, queue: 2048, temperature: 0.2 }, context),
    optimizer: sgd({ learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 }),
  });

/** MoCo v2 with that network. */
export const smallMoco = (budget: Budget) =>
  smallMocoLike('moco-v2', budget, (frame, { pairs }) => moco({ ...frame, pairs }));
