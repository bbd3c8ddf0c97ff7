import type { ImageSource } from '@hcsc/data';
import { type FeatureEncoder, rawPixels } from '@hcsc/eval';
import { buildMethod, type Method, type Recipe } from '@hcsc/train';
import { preparedEncoder, type Scores, type Splits, scores } from './evaluate.js';

/** The rows of the final table, by what the features are of. */
export interface Comparison {
  readonly trained: Scores;
  readonly untrained: Scores;
  /** Null where the images are too many and too large to compare pixel by pixel. */
  readonly pixels: Scores | null;
}

/** Most bytes of pixels as features: those of ImageNet would take 771 GB. */
const MOST_BYTES = 2 ** 32;

/** Scores of the trained encoder, of the same encoder before training, and of the pixels themselves. */
export async function compareScores(
  recipe: Recipe,
  { method, source }: { readonly method: Method; readonly source: ImageSource },
  splits: Splits,
  say: (line: string) => void,
  mostBytes = MOST_BYTES,
): Promise<Comparison> {
  const score = async (what: string, of: FeatureEncoder) => {
    say(`Evaluating ${what}: kNN and a linear classifier …`);
    return scores(of, splits);
  };
  const trained = await score('the trained encoder', preparedEncoder(recipe, method.encoder));
  const fresh = buildMethod(recipe, source);
  try {
    const untrained = await score('the untrained encoder', preparedEncoder(recipe, fresh.encoder));
    const bytes = [splits.train, splits.test].map(({ length, shape: [h, w, c] }) => 4 * length * h * w * c);
    if (bytes[0]! + bytes[1]! <= mostBytes) {
      return { trained, untrained, pixels: await score('raw pixels', rawPixels) };
    }
    say('Raw pixels are not evaluated: there are too many');
    return { trained, untrained, pixels: null };
  } finally {
    fresh.dispose();
  }
}
