import { encoderFrom, type MiningEncoder, type Recipe, trainedEncoder } from '@hcsc/train';

/** What pairs are found with: the weights or the run that HCSC_ENCODER names; without it this recipe, trained first. */
export function miningEncoder(recipe: Recipe): MiningEncoder {
  const path = process.env.HCSC_ENCODER;
  return path ? encoderFrom(path) : trainedEncoder(recipe);
}
