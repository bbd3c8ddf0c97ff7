import { fashionMnist, subset } from '@hcsc/data';
import { knnTop1, linearTop1 } from '@hcsc/eval';
import { semanticPairs } from '@hcsc/samplers';
import { defineAblation, minedPairs, pairCount, pairPurity, trainedEncoder } from '@hcsc/train';
import { smallMoco, smallSimclr } from './small-bases.js';

const all = fashionMnist();
const budget = {
  data: {
    name: `20,000 images of ${all.name}`,
    train: async () => subset(await all.train(), 20_000),
    test: () => all.test(),
  },
  epochs: 4,
  stepsPerEpoch: 156,
};
const [simclr, moco] = [smallSimclr(budget), smallMoco(budget)];

/** The paper's thresholds, under a MoCo v2 that was trained twice as long. */
const semantic = minedPairs({
  encoder: trainedEncoder({ ...moco, name: 'encoder', epochs: 8 }),
  miner: semanticPairs({ lower: 0.97, upper: 0.99 }),
});

export default defineAblation({
  name: 'spps-comparison',
  factors: { base: { simclr, 'moco-v2': moco }, pairs: { none: null, semantic } },
  seeds: [0, 1, 2],
  baseline: { pairs: 'none' },
  metrics: [knnTop1(), linearTop1(), pairCount(), pairPurity()],
  recipe: ({ base, pairs }) => (pairs ? { ...base, pairs } : base),
});
