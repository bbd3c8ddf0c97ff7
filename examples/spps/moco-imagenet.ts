import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/imagenet.js';
import spps from './imagenet.js';

/**
 * SPPS (arXiv 2306.16122) over MoCo v2 on ImageNet: the recipe of `moco-v2/imagenet.ts`, on the pairs of `spps/imagenet.ts`.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> HCSC_ENCODER=<weights> npm run hcsc -- pretrain examples/spps/moco-imagenet.ts
 *
 * The pairs are mined again, by the same encoder; `--pairs runs/spps-imagenet/pairs` takes those that `spps/imagenet.ts` has found.
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({ ...moco, name: 'spps-moco-imagenet', pairs: spps.pairs });
