import type { ImageSource } from '@hcsc/data';
import { extractFeatures, type FeatureEncoder, knn, type LabelledFeatures, linearProbe } from '@hcsc/eval';
import { evaluationView, type Recipe } from '@hcsc/train';
import { dispose, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Labelled images to evaluate on: kNN and the linear classifier learn from `train` and are scored on `test`. */
export interface Splits {
  readonly train: ImageSource;
  readonly test: ImageSource;
}

/**
 * The labelled images of a recipe; null if there are none to learn from or to be scored on.
 *
 * @param trained The training images, if they are open already.
 */
export async function splitsOf({ data }: Recipe, trained?: ImageSource): Promise<Splits | null> {
  if (!data.test) return null;
  const train = data.labelled ? await data.labelled() : (trained ?? (await data.train()));
  return train.labels ? { train, test: await data.test() } : null;
}

/** An encoder that is shown images as the recipe shows them at evaluation. */
export function preparedEncoder(recipe: Recipe, encoder: LayersModel): (images: Tensor4D) => Tensor {
  const prepare = evaluationView(recipe);
  return (images) => encoder.predict(prepare(images), { batchSize: images.shape[0] }) as Tensor;
}

/** Top-1 accuracies, as fractions. */
export interface Scores {
  readonly knn: number;
  readonly linear: number;
}

const protocols = { knn, linear: linearProbe };

/** The protocols that `hcsc eval` knows. */
export type Protocol = keyof typeof protocols;

function labelsOf(source: ImageSource): Int32Array {
  if (!source.labels) throw new Error(`Cannot evaluate on ${source.name}: it has no labels`);
  return source.labels;
}

/** Features of an encoder, of the images to learn from and of those to be scored on, for as long as `use` takes. */
export async function withFeatures<T>(
  encoder: FeatureEncoder,
  { train, test }: Splits,
  use: (train: LabelledFeatures, test: LabelledFeatures) => Promise<T>,
): Promise<T> {
  const labels = [labelsOf(train), labelsOf(test)] as const;
  const features: Tensor2D[] = [];
  try {
    for (const source of [train, test]) features.push(await extractFeatures(encoder, source));
    const [trainFeatures, testFeatures] = features as [Tensor2D, Tensor2D];
    return await use({ features: trainFeatures, labels: labels[0] }, { features: testFeatures, labels: labels[1] });
  } finally {
    dispose(features);
  }
}

/** Top-1 and top-5 of an encoder under the protocols asked for; the features are computed once. */
export function evaluate<P extends Protocol>(
  encoder: FeatureEncoder,
  splits: Splits,
  asked: readonly P[],
): Promise<Record<P, { top1: number; top5: number }>> {
  return withFeatures(encoder, splits, async (train, test) => {
    const results = {} as Record<P, { top1: number; top5: number }>;
    for (const protocol of asked) {
      const run = protocols[protocol];
      const { top1, top5 } = await run(train.features, train.labels, test.features, test.labels);
      results[protocol] = { top1, top5 };
    }
    return results;
  });
}

/** kNN and linear top-1 of an encoder. */
export async function scores(encoder: FeatureEncoder, splits: Splits): Promise<Scores> {
  const { knn, linear } = await evaluate(encoder, splits, ['knn', 'linear']);
  return { knn: knn.top1, linear: linear.top1 };
}
