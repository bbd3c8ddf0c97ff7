import { semanticPairs } from '@hcsc/samplers';
import { defineRecipe, minedPairs, trainedEncoder } from '@hcsc/train';
import tiny from './tiny-simclr.fixture.js';

/** SPPS with pairs that another tiny run finds. */
export default defineRecipe({
  ...tiny,
  name: 'tiny-pairs',
  pairs: minedPairs({ encoder: trainedEncoder(tiny), miner: semanticPairs({ target: 300, upper: 0.9995 }) }),
});
