import { fashionMnistSample, subset } from '@hcsc/data';
import type { RecipeData } from '@hcsc/train';

/** The first images of the shipped sample, for runs that must be over in seconds. */
export function firstImages(train: number, test: number): RecipeData {
  const sample = fashionMnistSample();
  return {
    name: `${train} images of ${sample.name}`,
    train: async () => subset(await sample.train(), train),
    test: async () => subset(await sample.test(), test),
  };
}
