import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/stl10.js';
import spps from './stl10.js';

/**
 * SPPS (arXiv 2306.16122) over MoCo v2 on STL-10: the recipe of `moco-v2/stl10.ts`, on the pairs of `spps/stl10.ts`.
 *
 *   HCSC_DATA=<folder with stl10_binary> npm run hcsc -- pretrain examples/spps/moco-stl10.ts
 *
 * The pairs are mined again, by the same encoder; `--pairs runs/spps-stl10/pairs` takes those that `spps/stl10.ts` has found.
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({ ...moco, name: 'spps-moco-stl10', pairs: spps.pairs });
