import type { ImageSource } from '@hcsc/data';
import { extractFeatures, knn, linearProbe } from '@hcsc/eval';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Labelled images to evaluate on: kNN and the linear classifier learn from `train` and are scored on `test`. */
export interface Splits {
  readonly train: ImageSource;
  readonly test: ImageSource;
}

/** Features of both splits; the holder disposes them. */
export interface SplitFeatures {
  readonly train: Tensor2D;
  readonly test: Tensor2D;
}

/** Top-1 accuracies, as fractions. */
export interface Scores {
  readonly knn: number;
  readonly linear: number;
}

/** Both splits through an encoder in inference mode. */
export async function encodeSplits(encoder: LayersModel, { train, test }: Splits): Promise<SplitFeatures> {
  const trainFeatures = await extractFeatures(encoder, train);
  try {
    return { train: trainFeatures, test: await extractFeatures(encoder, test) };
  } catch (error) {
    trainFeatures.dispose();
    throw error;
  }
}

/** Both splits as rows of pixels in [0, 1]: what a representation must beat. */
export async function pixelSplits({ train, test }: Splits): Promise<SplitFeatures> {
  const rows = async (source: ImageSource) => {
    const bytes = await source.read(Int32Array.from({ length: source.length }, (_, i) => i));
    const width = source.shape[0] * source.shape[1] * source.shape[2];
    return tensor2d(Float32Array.from(bytes, (byte) => byte / 255), [source.length, width]);
  };
  return { train: await rows(train), test: await rows(test) };
}

/** kNN and linear top-1 of some features; disposes them. */
export async function scoreAndDispose(features: SplitFeatures, splits: Splits): Promise<Scores> {
  try {
    const [trainLabels, testLabels] = [labelsOf(splits.train), labelsOf(splits.test)];
    const neighbours = await knn(features.train, trainLabels, features.test, testLabels);
    const linear = await linearProbe(features.train, trainLabels, features.test, testLabels);
    return { knn: neighbours.top1, linear: linear.top1 };
  } finally {
    features.train.dispose();
    features.test.dispose();
  }
}

function labelsOf(source: ImageSource): Int32Array {
  if (!source.labels) throw new Error(`Cannot evaluate on ${source.name}: it has no labels`);
  return source.labels;
}
