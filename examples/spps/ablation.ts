import { fashionMnistSample } from '@hcsc/data';
import { knnTop1, linearTop1 } from '@hcsc/eval';
import { createRng } from '@hcsc/random';
import { nearestNeighbours, type PositiveMiner, semanticPairs } from '@hcsc/samplers';
import {
  defineAblation,
  type MinedPairsOptions,
  minedPairs,
  pairCount,
  pairPurity,
  pixelEncoder,
  trainedEncoder,
  untrainedEncoder,
} from '@hcsc/train';
import { smallMoco } from './small-bases.js';

const data = fashionMnistSample();
const moco = smallMoco({ data, epochs: 4, stepsPerEpoch: 46 });
const encoder = trainedEncoder({ ...moco, name: 'encoder', epochs: 12 });
const paper = semanticPairs({ lower: 0.97, upper: 0.99 });
const asMany = semanticPairs({ target: 100_000 });

/** 100,000 pairs, of which this share is of one class: no self-supervised method can have them, but they tell what purity is worth. */
function labelledPairs(purity: number): PositiveMiner {
  return {
    name: 'labelledPairs',
    options: { purity },
    async mine() {
      const { labels } = await data.train();
      const [rng, images] = [createRng(0), labels!.length];
      const pairs: number[] = [];
      while (pairs.length < 2 * 100_000) {
        const [i, j] = [rng.integer(images), rng.integer(images)];
        const wanted = (pairs.length / 2) % 1000 < 1000 * purity;
        if (i < j && (labels![i] === labels![j]) === wanted) pairs.push(i, j);
      }
      const similarities = new Float32Array(100_000);
      return { images, pairs: Int32Array.from(pairs), similarities, duplicates: new Int32Array(0) };
    },
  };
}

const mined = (options: Partial<MinedPairsOptions>) => minedPairs({ encoder, miner: paper, ...options });
const [knn, linear, purity] = [knnTop1(), linearTop1(), pairPurity()];

export default defineAblation({
  name: 'spps-ablation',
  factors: {
    pairs: {
      none: null,
      paper: mined({}),
      'from-0.95': mined({ miner: semanticPairs({ lower: 0.95, upper: 0.99 }) }),
      'top-6000': mined({ miner: semanticPairs({ target: 6000 }) }),
      half: mined({ share: 0.5 }),
      tenth: mined({ share: 0.1 }),
      untrained: mined({ encoder: untrainedEncoder(moco), miner: asMany }),
      pixels: mined({ encoder: pixelEncoder(), miner: asMany }),
      neighbours: mined({ miner: nearestNeighbours({ k: 5 }) }),
      'labels-0.8': mined({ miner: labelledPairs(0.8) }),
      'labels-1': mined({ miner: labelledPairs(1) }),
    },
  },
  seeds: [0, 1, 2],
  baseline: { pairs: 'none' },
  metrics: [knn, linear, pairCount(), purity],
  gains: [
    { of: knn, by: purity },
    { of: linear, by: purity },
  ],
  recipe: ({ pairs }) => (pairs ? { ...moco, pairs } : moco),
});
