import { type Tensor, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Parameter } from './method.js';

interface NamedWeight {
  readonly name: string;
  readonly trainable: boolean;
  readonly variable: Variable;
}

/** Every weight of a model as `layer.weight` (`layer1.0.bn1.weight`), in the model's order. */
function namedWeights(model: LayersModel): NamedWeight[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((weight) => {
      const variable = weight.read();
      if (!(variable instanceof Variable)) throw new TypeError(`The weight ${weight.name} is not a variable`);
      const own = weight.originalName.split('/').at(-1);
      return { name: `${layer.name}.${own}`, trainable: weight.trainable && layer.trainable, variable };
    }),
  );
}

/** The trainable weights of a model, as an optimiser wants them; the model owns the variables. */
export function modelParameters(model: LayersModel): Parameter[] {
  return namedWeights(model)
    .filter((weight) => weight.trainable)
    .map(({ name, variable }) => ({ name, variable }));
}

/** All weights of a model by name, each name behind `prefix`; references, not copies. */
export function modelTensors(model: LayersModel, prefix: string): Record<string, Tensor> {
  return Object.fromEntries(namedWeights(model).map(({ name, variable }) => [`${prefix}${name}`, variable]));
}

/**
 * Puts tensors that {@link modelTensors} named back into a model; they are copied.
 *
 * @throws RangeError if one is missing or has another shape; no weight is changed then.
 */
export function restoreModel(model: LayersModel, tensors: Readonly<Record<string, Tensor>>, prefix: string): void {
  const pairs = namedWeights(model).map(({ name, variable }) => {
    const tensor = tensors[`${prefix}${name}`];
    if (!tensor || String(tensor.shape) !== String(variable.shape)) {
      const found = tensor ? `[${tensor.shape}]` : 'nothing';
      throw new RangeError(`Cannot restore ${prefix}${name}: needed shape [${variable.shape}], found ${found}`);
    }
    return [variable, tensor] as const;
  });
  for (const [variable, tensor] of pairs) variable.assign(tensor);
}
