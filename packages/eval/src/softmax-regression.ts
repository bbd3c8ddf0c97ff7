import type { Rng } from '@hcsc/random';
import {
  add,
  dispose,
  exp,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { ProbeSchedule } from './probe-schedule.js';

/** How {@link fitSoftmaxRegression} trains. */
export interface SoftmaxRegressionOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly schedule: ProbeSchedule;
  readonly rng: Rng;
  readonly onEpoch?: ((state: { epoch: number; epochs: number; loss: number }) => void) | undefined;
}

/** A linear classifier; the caller disposes both tensors. */
export interface SoftmaxRegression {
  /** `[D, classes]`. */
  readonly weights: Tensor2D;
  /** `[classes]`. */
  readonly bias: Tensor1D;
  /** The mean cross-entropy of each epoch. */
  readonly losses: number[];
}

type State = [weights: Tensor2D, bias: Tensor1D, weightVelocity: Tensor2D, biasVelocity: Tensor1D, loss: Tensor];

/**
 * Softmax regression by SGD with momentum, from zero.
 *
 * The gradient is Xᵀ(softmax(XW + b) − Y)/n + decay · W; velocity ← momentum · velocity + gradient, then
 * weights ← weights − rate · velocity (PyTorch's convention).
 *
 * @throws RangeError if the loss is no longer finite.
 */
export async function fitSoftmaxRegression(
  features: Tensor2D,
  labels: Int32Array,
  classes: number,
  { epochs, batchSize, learningRate, momentum, weightDecay, schedule, rng, onEpoch }: SoftmaxRegressionOptions,
): Promise<SoftmaxRegression> {
  const [rows, width] = features.shape;
  const values = await features.data(); // rows are gathered on the host: some backends take longer for it than for the step
  const losses: number[] = [];
  let state: State = tidy(() => [
    zeros([width, classes]),
    zeros([classes]),
    zeros([width, classes]),
    zeros([classes]),
    scalar(0),
  ]);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const rate = learningRate * schedule(epoch, epochs);
      const order = rng.permutation(rows);
      for (let start = 0; start < rows; start += batchSize) {
        const batch = gatherBatch(values, labels, order.subarray(start, start + batchSize), width, classes);
        const next = tidy(() => step(state, batch, rate, momentum, weightDecay));
        dispose(state);
        state = next;
      }
      const loss = (await state[4].data())[0]! / rows;
      if (!Number.isFinite(loss)) {
        throw new RangeError(
          `Cannot train a linear classifier with learning rate ${learningRate}: the loss is ${loss} after ${epoch + 1} epochs, give a smaller one or standardised features`,
        );
      }
      state[4].dispose();
      state[4] = scalar(0);
      losses.push(loss);
      onEpoch?.({ epoch, epochs, loss });
    }
    const [weights, bias, ...rest] = state;
    dispose(rest);
    return { weights, bias, losses };
  } catch (error) {
    dispose(state);
    throw error;
  }
}

/** The rows of a batch, and their classes one-hot. */
interface Rows {
  readonly features: Float32Array;
  readonly classes: Float32Array;
  readonly shape: readonly [rows: number, width: number, classes: number];
}

function gatherBatch(
  values: ArrayLike<number> & { subarray(start: number, end: number): ArrayLike<number> },
  labels: Int32Array,
  batch: Int32Array,
  width: number,
  classes: number,
): Rows {
  const features = new Float32Array(batch.length * width);
  const oneHot = new Float32Array(batch.length * classes);
  batch.forEach((row, i) => {
    features.set(values.subarray(row * width, (row + 1) * width), i * width);
    oneHot[i * classes + labels[row]!] = 1;
  });
  return { features, classes: oneHot, shape: [batch.length, width, classes] };
}

function step(
  [weights, bias, weightVelocity, biasVelocity, loss]: State,
  batch: Rows,
  rate: number,
  momentum: number,
  weightDecay: number,
): State {
  const [rows, width, classes] = batch.shape;
  const x = tensor2d(batch.features, [rows, width]);
  const y = tensor2d(batch.classes, [rows, classes]);
  const logP = logSoftmax(add(matMul(x, weights), bias) as Tensor2D);
  const residual = sub(exp(logP), y);
  const weightGradient = add(matMul(x, mul(residual, 1 / rows), true), mul(weights, weightDecay));
  const v = add(mul(weightVelocity, momentum), weightGradient) as Tensor2D;
  const u = add(mul(biasVelocity, momentum), mean(residual, 0)) as Tensor1D;
  return [sub(weights, mul(v, rate)), sub(bias, mul(u, rate)), v, u, add(loss, neg(sum(mul(logP, y))))];
}
