import { createRng, type Rng } from '@hcsc/random';
import {
  abs,
  add,
  cast,
  clone,
  dispose,
  div,
  greater,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tensor2D,
  tidy,
  topk,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import { assertFeatures, assertFinite, assertLabels, assertSameWidth, classCount } from './labelled-features.js';
import { cosineDecay, type ProbeSchedule, stepDecay } from './probe-schedule.js';
import { fitSoftmaxRegression } from './softmax-regression.js';

/** Options of {@link linearProbe}. */
export interface LinearProbeOptions {
  /** Passes over the training features. Default 100. */
  epochs?: number;
  /** Rows per step; the last batch of an epoch may be smaller. Default 256. */
  batchSize?: number;
  /** The learning rate at the start. Default 20, for standardised features. */
  learningRate?: number;
  /** SGD's momentum. Default 0.9. */
  momentum?: number;
  /** L2 decay of the weights (not of the bias). Default 1e-5, for standardised features. */
  weightDecay?: number;
  /** What the learning rate is multiplied by in each epoch. Default `cosineDecay()`. */
  schedule?: ProbeSchedule;
  /**
   * Shift each dimension to mean 0, scale it to variance 1/D (over the training features; a dimension that never changes
   * becomes 0). Rows then have a mean squared norm of 1, whatever the encoder, so that one learning rate and one decay
   * suit every representation. Default true.
   */
  standardize?: boolean;
  /** The number of classes. Default: one more than the largest label. */
  classes?: number;
  /** Orders the training features. Default `createRng(0)`. */
  rng?: Rng;
  /** Told after each epoch. */
  onEpoch?: (state: { readonly epoch: number; readonly epochs: number; readonly loss: number }) => void;
  /** Look for NaN and infinite features first. Default true. */
  check?: boolean;
}

/** A trained linear classifier and its score; plain arrays, nothing to dispose. */
export interface LinearProbeResult {
  /** The fraction (0 to 1) of test rows whose class has the largest logit. */
  readonly top1: number;
  /** The fraction of test rows whose class is among the five largest logits. */
  readonly top5: number;
  /** `[M]`: the class with the largest logit. */
  readonly predictions: Int32Array;
  /** The mean cross-entropy (without the decay) over the batches of each epoch. */
  readonly losses: readonly number[];
  /** `[D, classes]`, row-major: logits = features · weights + bias, with the features as they were given. */
  readonly weights: Float32Array;
  /** `[classes]`. */
  readonly bias: Float32Array;
}

/**
 * The linear protocol of MoCo (arXiv 1911.05722, section 4.1), on frozen features: 100 epochs of SGD, batch 256, learning
 * rate 30 divided by 10 after epochs 60 and 80, momentum 0.9, no decay, features as they are.
 *
 * MoCo draws a new crop and flip of each image per epoch; here every image has one feature.
 */
export const mocoLinearProtocol = Object.freeze({
  epochs: 100,
  batchSize: 256,
  learningRate: 30,
  momentum: 0.9,
  weightDecay: 0,
  schedule: stepDecay([60, 80]),
  standardize: false,
}) satisfies LinearProbeOptions;

/** HCSC's linear protocol: {@link mocoLinearProtocol} with learning rate 5. */
export const hcscLinearProtocol = Object.freeze({
  ...mocoLinearProtocol,
  learningRate: 5,
}) satisfies LinearProbeOptions;

/**
 * Trains a linear classifier on frozen features and scores it: softmax regression by SGD with momentum, from zero.
 *
 * The defaults reach the optimum of a lightly regularised regression in a few seconds on small sets and treat all
 * representations alike. The gradient is written out, so that no tfjs gradients have to be registered.
 *
 * @param train `[N, D]` float32, kept; `trainLabels` has N class numbers.
 * @param test `[M, D]` float32, kept; `testLabels` has M class numbers.
 * @throws RangeError (the promise rejects) if widths or lengths do not fit, a label is no class, a feature is not
 *   finite, an option is out of range, or if the loss diverges; TypeError for other than `[N, D]` float32.
 *
 * @example
 * ```ts
 * const { top1 } = await linearProbe(trainFeatures, train.labels, testFeatures, test.labels);
 * const asInMoco = await linearProbe(trainFeatures, train.labels, testFeatures, test.labels, mocoLinearProtocol);
 * ```
 */
export async function linearProbe(
  train: Tensor2D,
  trainLabels: Int32Array,
  test: Tensor2D,
  testLabels: Int32Array,
  {
    epochs = 100,
    batchSize = 256,
    learningRate = 20,
    momentum = 0.9,
    weightDecay = 1e-5,
    schedule = cosineDecay(),
    standardize = true,
    classes: givenClasses,
    rng = createRng(0),
    onEpoch,
    check = true,
  }: LinearProbeOptions = {},
): Promise<LinearProbeResult> {
  assertFeatures('training', train);
  assertFeatures('test', test);
  assertSameWidth(train, test);
  assertLabels('training', trainLabels, train.shape[0]);
  assertLabels('test', testLabels, test.shape[0]);
  const classes = classCount(givenClasses, trainLabels, testLabels);
  for (const [name, value] of Object.entries({ epochs, batchSize })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot train with ${name} ${value}: give an integer of at least 1`);
    }
  }
  for (const [name, value] of Object.entries({ learningRate, momentum, weightDecay })) {
    if (!(value >= 0 && value < (name === 'momentum' ? 1 : Number.POSITIVE_INFINITY))) {
      throw new RangeError(
        `Cannot train with ${name} ${value}: give at least 0${name === 'momentum' ? ', below 1' : ''}`,
      );
    }
  }
  if (check) {
    await assertFinite('training', train);
    await assertFinite('test', test);
  }
  const scaling = standardize ? tidy(() => scalingOf(train)) : null;
  try {
    const inputs = scaling ? tidy(() => mul(sub(train, scaling.shift), scaling.scale) as Tensor2D) : train;
    const options = { epochs, batchSize, learningRate, momentum, weightDecay, schedule, rng, onEpoch };
    const { losses, ...fitted } = await fitSoftmaxRegression(inputs, trainLabels, classes, options).finally(() => {
      if (inputs !== train) inputs.dispose();
    });
    const { weights, bias } = tidy(() => {
      if (!scaling) return { weights: clone(fitted.weights), bias: clone(fitted.bias) };
      const unscaled = mul(fitted.weights, transpose(scaling.scale)) as Tensor2D;
      return { weights: unscaled, bias: sub(fitted.bias, reshape(matMul(scaling.shift, unscaled), [classes])) };
    });
    dispose([fitted.weights, fitted.bias]);
    try {
      const scores = await score(test, testLabels, weights, bias);
      return {
        ...scores,
        losses,
        weights: (await weights.data()) as Float32Array,
        bias: (await bias.data()) as Float32Array,
      };
    } finally {
      dispose([weights, bias]);
    }
  } finally {
    if (scaling) dispose([scaling.shift, scaling.scale]);
  }
}

/** `[1, D]` each: the mean, and 1 / (standard deviation · √D), 0 where a dimension does not vary. */
function scalingOf(features: Tensor2D): { shift: Tensor2D; scale: Tensor2D } {
  const shift = mean(features, 0, true) as Tensor2D;
  const centered = sub(features, shift);
  const deviation = sqrt(mean(square(centered), 0, true));
  const varies = greater(deviation, mul(1e-5, add(abs(shift), 1e-6)));
  const scale = div(1 / Math.sqrt(features.shape[1]), where(varies, deviation, 1));
  return { shift, scale: mul(scale, cast(varies, 'float32')) as Tensor2D };
}

const TEST_ROWS = 8192;

/** Top-1 and top-5 of logits = features · weights + bias, block by block. */
async function score(features: Tensor2D, labels: Int32Array, weights: Tensor2D, bias: Tensor) {
  const rows = features.shape[0];
  const ranks = Math.min(5, weights.shape[1]);
  const predictions = new Int32Array(rows);
  let [hits, hitsIn5] = [0, 0];
  for (let start = 0; start < rows; start += TEST_ROWS) {
    const length = Math.min(TEST_ROWS, rows - start);
    const best = tidy(
      () => topk(add(matMul(slice(features, [start, 0], [length, -1]), weights), bias) as Tensor2D, ranks).indices,
    );
    const indices = await best.data();
    best.dispose();
    for (let i = 0; i < length; i++) {
      const rank = indices.subarray(i * ranks, (i + 1) * ranks).indexOf(labels[start + i]!);
      predictions[start + i] = indices[i * ranks]!;
      if (rank === 0) hits++;
      if (rank >= 0) hitsIn5++;
    }
  }
  return { top1: hits / rows, top5: hitsIn5 / rows, predictions };
}
