import { add, batchNorm as batchNormInference, mul, serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { InputSpec, initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { splitBatchNormTraining } from './split-batch-norm-training.js';

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Share of the batch's statistics in the new running statistics (PyTorch's convention); default 0.1. */
  momentum?: number;
  /** Added to the variance; default 1e-5. */
  epsilon?: number;
  /** Parts of the batch that are normalised by themselves in training, see {@link splitBatchNormTraining}; default 1. */
  splits?: number;
  /** Name of the layer; tfjs gives one otherwise. */
  name?: string;
}

/**
 * Batch normalisation over the last axis in PyTorch's convention, as a layer of TensorFlow.js; made by {@link batchNorm}.
 *
 * Weights `weight`, `bias` (trainable), `running_mean`, `running_var`, each `[C]`. Called with `training: true` it
 * normalises by the batch and updates the running statistics, trainable or not, as `module.train()` does in PyTorch;
 * otherwise it normalises by the running statistics.
 */
export class BatchNorm extends layers.Layer {
  static className = 'HcscBatchNorm';

  private readonly momentum: number;
  private readonly epsilon: number;
  private readonly splits: number;
  private scale?: LayerVariable;
  private offset?: LayerVariable;
  private runningMean?: LayerVariable;
  private runningVariance?: LayerVariable;

  constructor(config: BatchNormOptions & ConstructorParameters<typeof layers.Layer>[0] = {}) {
    super(config);
    const { momentum = 0.1, epsilon = 1e-5, splits = 1 } = config;
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new RangeError(`Cannot average running statistics with momentum ${momentum}: give a number from 0 to 1`);
    }
    if (!(epsilon > 0)) throw new RangeError(`Cannot divide by √(variance + ${epsilon}): give an epsilon above 0`);
    if (!Number.isInteger(splits) || splits < 1) {
      throw new RangeError(`Cannot split a batch into ${splits} parts: give an integer of at least 1`);
    }
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.splits = splits;
    BatchNorm.register();
  }

  /** Makes the layer known to `loadLayersModel`; the first layer built does it too. */
  static register(): void {
    serialization.registerClass(BatchNorm);
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
    const channels = shape[shape.length - 1];
    if (shape.length < 2 || !channels) {
      throw new RangeError(`Cannot normalise an input of shape [${shape}]: needed [N, C] or [N, H, W, C] with C known`);
    }
    const weight = (name: string, initial: 'ones' | 'zeros', trainable: boolean) =>
      this.addWeight(name, [channels], 'float32', initializers[initial](), undefined, trainable);
    this.scale = weight('weight', 'ones', true);
    this.offset = weight('bias', 'zeros', true);
    this.runningMean = weight('running_mean', 'zeros', false);
    this.runningVariance = weight('running_var', 'ones', false);
    this.inputSpec = [new InputSpec({ ndim: shape.length, axes: { [shape.length - 1]: channels } })];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean } = {}): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const [scale, offset] = [this.scale!.read(), this.offset!.read()];
    const [runningMean, runningVariance] = [this.runningMean!.read(), this.runningVariance!.read()];
    return tidy(() => {
      if (!kwargs.training) return batchNormInference(x, runningMean, runningVariance, offset, scale, this.epsilon);
      const { y, mean, variance } = splitBatchNormTraining(x, scale, offset, this.splits, this.epsilon);
      const count = x.size / scale.size / this.splits;
      const share = this.momentum;
      this.runningMean!.write(add(mul(runningMean, 1 - share), mul(mean, share)));
      this.runningVariance!.write(add(mul(runningVariance, 1 - share), mul(variance, (share * count) / (count - 1))));
      return y;
    });
  }

  override getConfig(): serialization.ConfigDict {
    const { momentum, epsilon, splits } = this;
    return { ...super.getConfig(), momentum, epsilon, splits };
  }
}

/**
 * Makes a batch-norm layer in PyTorch's convention: momentum weighs the new value, the running variance is unbiased.
 *
 * running = (1 − momentum) · running + momentum · batch. Inputs `[N, C]` or `[N, H, W, C]` float32.
 *
 * @throws RangeError if an option is out of range; when called with one value per channel in training.
 *
 * @example
 * ```ts
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 8, inputShape: [4] }), batchNorm()] });
 * const y = model.apply(x, { training: true }); // updates running_mean and running_var
 * ```
 */
export function batchNorm(options: BatchNormOptions = {}): BatchNorm {
  return new BatchNorm({ ...options });
}
