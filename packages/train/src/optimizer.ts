import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Parameter } from './method.js';

/** Updates the parameters that it was made for; made by factories such as `sgd`, one instance a run. */
export interface Optimizer {
  /** The update. `gradients[i]` belongs to the i-th parameter; nothing given is disposed. */
  apply(gradients: readonly Tensor[], learningRate: number | Scalar): void;
  /** Buffers by name, for checkpoints; not to be disposed. */
  state(): Readonly<Record<string, Tensor>>;
  /**
   * Takes over buffers that {@link Optimizer.state} gave; the tensors are copied.
   * RangeError if one is missing or has another shape; nothing is changed then.
   */
  restore(state: Readonly<Record<string, Tensor>>): void;
  dispose(): void;
}

/** A kind of optimiser with its options: what a recipe names. */
export interface OptimizerFactory {
  readonly name: string;
  /** The base rate, which the schedule scales. */
  readonly learningRate: number;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Makes the optimiser and its buffers; RangeError if two parameters have one name. */
  create(parameters: readonly Parameter[]): Optimizer;
}
