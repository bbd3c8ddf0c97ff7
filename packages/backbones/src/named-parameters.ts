import type { Variable } from '@tensorflow/tfjs-core';
import { LayersModel, type LayerVariable } from '@tensorflow/tfjs-layers';

/** A weight of a model under the name it would have in PyTorch. */
export interface NamedParameter {
  /** Layer and weight: `layer1.0.conv1.weight`, `bn1.running_mean`. */
  readonly name: string;
  /** The weight itself, in TensorFlow's layout; it belongs to the model. */
  readonly variable: Variable;
  /** False for running statistics and frozen weights. */
  readonly trainable: boolean;
}

/** Keras' names for what PyTorch calls otherwise. */
const pyTorchName: Record<string, string> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

function* walk(model: LayersModel, prefix: string): Generator<[LayerVariable, string]> {
  for (const layer of model.layers) {
    if (layer instanceof LayersModel) yield* walk(layer, `${prefix}${layer.name}.`);
    else {
      for (const weight of layer.weights) {
        const own = weight.originalName.split('/').at(-1)!;
        yield [weight, `${prefix}${layer.name}.${pyTorchName[own] ?? own}`];
      }
    }
  }
}

/**
 * Lists a model's weights with their PyTorch names, in the order of `model.weights`.
 *
 * A weight of a nested model has that model's name in front.
 *
 * @example
 * ```ts
 * const decayed = namedParameters(encoder).filter(({ name, trainable }) => trainable && !name.endsWith('.bias'));
 * ```
 */
export function namedParameters(model: LayersModel): NamedParameter[] {
  const names = new Map(walk(model, ''));
  const trainable = new Set(model.trainableWeights);
  return model.weights.map((weight) => ({
    name: names.get(weight) ?? weight.originalName,
    variable: weight.read() as Variable,
    trainable: trainable.has(weight),
  }));
}

/**
 * The PyTorch name of each of a model's weights, in the order of `model.weights` and `model.getWeights()`.
 *
 * @example
 * ```ts
 * parameterNames(resnet18({ inputShape: [32, 32, 3] }))[0]; // 'conv1.weight'
 * ```
 */
export function parameterNames(model: LayersModel): string[] {
  return namedParameters(model).map(({ name }) => name);
}
