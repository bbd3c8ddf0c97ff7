import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/cifar10.js';
import spps from './cifar10.js';

/**
 * SPPS (arXiv 2306.16122) over MoCo v2 on CIFAR-10: the recipe of `moco-v2/cifar10.ts`, on the pairs of `spps/cifar10.ts`.
 * A key's partners are left out of the queue's negatives.
 *
 *   HCSC_DATA=<folder with cifar-10-batches-bin> npm run hcsc -- pretrain examples/spps/moco-cifar10.ts
 *
 * The pairs are mined again, by the same encoder; `--pairs runs/spps-cifar10/pairs` takes those that `spps/cifar10.ts` has found.
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({ ...moco, name: 'spps-moco-cifar10', pairs: spps.pairs });
