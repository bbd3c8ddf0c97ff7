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
import { smallMoco } from '../small-bases.js';

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

/**
 * What are semantic pairs worth, and why: other thresholds, a share of the images, other encoders, neighbours instead of thresholds,
 * pairs by label. MoCo v2 on the 6,000 shipped images, 4 epochs of 46 steps with pairs as without; `encoder` is one of 12 epochs.
 *
 *   npm run ablate -- examples/spps/ablation.ts             all 33 runs and the encoder
 *   npm run ablate -- examples/spps/ablation.ts --dry-run   how far they are
 *
 * Top-1 on the 2,000 test images in %, mean ± standard deviation over three seeds and difference to `none`; native, 33 s a run on
 * 2 cores that had other work too:
 *                 pairs   of one class   kNN                     linear
 *   none                                 74.18 ± 1.58            76.10 ± 1.89
 *   paper        149,451   73.6 %        74.33 ± 1.16   +0.15    76.30 ± 0.41   +0.20
 *   from-0.95    541,878   59.6 %        74.13 ± 0.97   −0.05    75.62 ± 1.33   −0.48
 *   top-6000       6,000   90.6 %        74.45 ± 1.00   +0.27    76.90 ± 0.62   +0.80
 *   half          38,123   73.4 %        74.37 ± 1.76   +0.18    75.87 ± 1.76   −0.23
 *   tenth          1,559   78.3 %        73.28 ± 1.76   −0.90    75.60 ± 1.50   −0.50
 *   untrained    100,000   18.5 %        70.05 ± 0.41   −4.13    70.32 ± 0.71   −5.78
 *   pixels       100,000   63.5 %        73.58 ± 1.49   −0.60    74.50 ± 1.31   −1.60
 *   neighbours    30,000   71.3 %        74.53 ± 2.08   +0.35    75.65 ± 1.34   −0.45
 *   labels-0.8   100,000   80.0 %        72.67 ± 1.25   −1.52    73.12 ± 1.76   −2.98
 *   labels-1     100,000  100.0 %        72.70 ± 1.20   −1.48    74.20 ± 2.33   −1.90
 * Seeds differ by more than most conditions do. Two 95 % intervals leave out 0, both of losses: pairs of an untrained encoder, and pairs
 * by label of which one in five is wrong. Images of one class that are not alike do not help runs so short. Few pairs that are alike
 * and nearly all right did best, within the noise.
 */
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
