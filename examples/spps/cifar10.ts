import { semanticPairs } from '@hcsc/samplers';
import { defineRecipe, minedPairs } from '@hcsc/train';
import moco from '../moco-v2/cifar10.js';
import simclr from '../simclr/cifar10.js';
import { miningEncoder } from './mining-encoder.js';

/**
 * SPPS (arXiv 2306.16122) over SimCLR on CIFAR-10: the recipe of `simclr/cifar10.ts`, on all images and the semantic
 * positive pairs among them, those of a cosine from 0.97 to 0.99.
 *
 *   HCSC_DATA=<folder with cifar-10-batches-bin> npm run hcsc -- pretrain examples/spps/cifar10.ts
 *
 * Pairs are found with the MoCo v2 of `moco-v2/cifar10.ts`, which is trained first, beside this run; HCSC_ENCODER=<weights>
 * names another encoder. That MoCo v2 stays a ResNet-18 when `--set depth=50` makes a ResNet-50 of this run's encoder.
 *
 * `npm run hcsc -- mine` finds the pairs alone, and tells how many there are. How alike an encoder finds images depends on the
 * encoder, so that other thresholds, or `--target <pairs>`, may suit yours. `--pairs runs/spps-cifar10/pairs` trains another run
 * on the same pairs: one of another seed, or that of `moco-cifar10.ts`.
 *
 * An epoch has every image and every pair once, as in the paper; `--set stepsPerEpoch=97` ends it where the baseline's ends.
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...simclr,
  name: 'spps-cifar10',
  pairs: minedPairs({ encoder: miningEncoder(moco), miner: semanticPairs({ lower: 0.97, upper: 0.99 }) }),
});
