import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { namedParameters } from './named-parameters.js';
import type { ParameterValue } from './read-parameters.js';
import { fromTorchLayout, torchShape } from './torch-layout.js';

/** Options of {@link loadParameters}. */
export interface LoadParametersOptions {
  /** Refuse names that only one side has; default true. PyTorch's `num_batches_tracked` never counts. */
  strict?: boolean;
}

/** Names that {@link loadParameters} found on one side only. */
export interface LoadParametersReport {
  /** In the model, not among the values: left as they were. */
  missing: string[];
  /** Among the values, not in the model: not used. */
  unexpected: string[];
}

/**
 * Writes values in PyTorch's names and layout into a model's weights and running statistics.
 *
 * Everything is checked before anything is written.
 *
 * @param values By name: `{ shape, data }`, convolutions `[out, in, kh, kw]`, linear layers `[out, in]`.
 * @returns The names that only one side has, if `strict` is false.
 * @throws RangeError if a shape or a number of values is not the model's, or, when strict, if names differ.
 *
 * @example
 * ```ts
 * loadParameters(copy, await readParameters(original));
 * ```
 */
export function loadParameters(
  model: LayersModel,
  values: Readonly<Record<string, ParameterValue>>,
  { strict = true }: LoadParametersOptions = {},
): LoadParametersReport {
  const parameters = namedParameters(model);
  const known = new Set(parameters.map(({ name }) => name));
  const missing = [...known].filter((name) => !Object.hasOwn(values, name));
  const unexpected = Object.keys(values).filter((name) => !known.has(name) && !name.endsWith('num_batches_tracked'));
  if (strict && missing.length + unexpected.length > 0) {
    const list = (names: string[]) =>
      names.length > 0 ? names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '') : 'none';
    throw new RangeError(
      `Cannot load parameters into ${model.name}: ${missing.length} missing (${list(missing)}), ${unexpected.length} unexpected (${list(unexpected)}); give the same names, or strict: false`,
    );
  }
  const given = parameters.filter(({ name }) => Object.hasOwn(values, name));
  for (const { name, variable } of given) {
    const needed = torchShape(variable.shape);
    const { shape, data } = values[name]!;
    if (String(shape) !== String(needed) || data.length !== variable.size) {
      throw new RangeError(
        `Cannot load ${name}: needed ${variable.size} values of shape [${needed}], got ${data.length} of shape [${shape}]`,
      );
    }
  }
  for (const { name, variable } of given) {
    const { shape, data } = values[name]!;
    tidy(() => variable.assign(fromTorchLayout(tensor(new Float32Array(data), [...shape], 'float32'))));
  }
  return { missing, unexpected };
}
