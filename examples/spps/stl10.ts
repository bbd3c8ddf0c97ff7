import { semanticPairs } from '@hcsc/samplers';
import { defineRecipe, minedPairs } from '@hcsc/train';
import moco from '../moco-v2/stl10.js';
import simclr from '../simclr/stl10.js';
import { miningEncoder } from './mining-encoder.js';

/**
 * SPPS (arXiv 2306.16122) over SimCLR on the 100,000 images of STL-10 without labels: the recipe of `simclr/stl10.ts`, on
 * all images and the semantic positive pairs among them, those of a cosine from 0.97 to 0.99.
 *
 *   HCSC_DATA=<folder with stl10_binary> npm run hcsc -- pretrain examples/spps/stl10.ts
 *
 * Pairs are found with the MoCo v2 of `moco-v2/stl10.ts`, which is trained first, beside this run; HCSC_ENCODER=<weights>
 * names another encoder. That MoCo v2 stays a ResNet-18 when `--set depth=50` makes a ResNet-50
 * of this run's encoder. `--pairs runs/spps-stl10/pairs` trains another run on the same pairs.
 *
 * An epoch has every image and every pair once; `--set stepsPerEpoch=390` ends it where the baseline's ends. For larger
 * machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...simclr,
  name: 'spps-stl10',
  pairs: minedPairs({ encoder: miningEncoder(moco), miner: semanticPairs({ lower: 0.97, upper: 0.99 }) }),
});
