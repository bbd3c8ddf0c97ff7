import { semanticPairs } from '@hcsc/samplers';
import { defineRecipe, minedPairs } from '@hcsc/train';
import moco from '../moco-v2/imagenet.js';
import simclr from '../simclr/imagenet.js';
import { miningEncoder } from './mining-encoder.js';

/**
 * SPPS (arXiv 2306.16122) over SimCLR on ImageNet: the recipe of `simclr/imagenet.ts`, on all images and the semantic positive
 * pairs, of a cosine from 0.97 to 0.99, among 5 % of them, which a seed draws; the paper has 5 to 10 %.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> HCSC_ENCODER=<weights> npm run hcsc -- pretrain examples/spps/imagenet.ts
 *
 * HCSC_ENCODER is a ResNet-50 that has been trained without labels: the official checkpoint of MoCo v2, or a run of ours. It is
 * shown the middle 224 pixels of images, normalised. Without it, the MoCo v2 of `moco-v2/imagenet.ts` is trained first, beside
 * this run. `npm run hcsc -- mine` finds the pairs alone; `--pairs runs/spps-imagenet/pairs` trains another run on them.
 *
 * A batch of 1,024 is taken in 16 parts of 64 images or pairs: what this means for negatives is said in `simclr/imagenet.ts`.
 * Partners are told apart from negatives within a part. An epoch has every image and every pair once; `--set
 * stepsPerEpoch=1251` ends it where the baseline's ends. For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...simclr,
  name: 'spps-imagenet',
  pairs: minedPairs({ encoder: miningEncoder(moco), miner: semanticPairs({ lower: 0.97, upper: 0.99 }), share: 0.05 }),
});
