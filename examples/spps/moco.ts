import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/recipe.js';
import spps from './recipe.js';

/**
 * SPPS over MoCo v2 on the 6,000 images that ship with the repository: another base, and the pairs of `spps/recipe.ts`.
 *
 *   npm run hcsc -- pretrain examples/spps/moco.ts
 *
 * The pairs are mined again, by the same encoder; `--pairs runs/spps/pairs` takes those that are there.
 */
export default defineRecipe({ ...moco, name: 'spps-moco', stepsPerEpoch: 93, pairs: spps.pairs });
