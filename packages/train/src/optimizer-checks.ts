import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Parameter } from './method.js';

/** RangeError if one of the named numbers is negative or not finite. */
export function assertRates(rates: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(rates)) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Cannot descend with ${name} ${value}: give a finite number of at least 0`);
    }
  }
}

/** RangeError if two parameters have one name. */
export function assertOwnNames(parameters: readonly Parameter[]): void {
  const seen = new Set<string>();
  for (const { name } of parameters) {
    if (seen.has(name)) {
      throw new RangeError(`Cannot optimise two parameters named ${name}: give each a name of its own`);
    }
    seen.add(name);
  }
}

/** RangeError if gradients and parameters do not belong together. */
export function assertGradients(parameters: readonly Parameter[], gradients: readonly Tensor[]): void {
  if (parameters.length !== gradients.length) {
    throw new RangeError(`Cannot apply ${gradients.length} gradients to ${parameters.length} parameters`);
  }
  parameters.forEach(({ name, variable: { shape: needed } }, i) => {
    const { shape } = gradients[i]!;
    if (String(shape) !== String(needed)) {
      throw new RangeError(`Cannot apply a gradient of shape [${shape}] to ${name} of shape [${needed}]`);
    }
  });
}

/**
 * Copies a state into buffers of the same names.
 *
 * @param what What a buffer is, for the error: 'the momentum of conv1.weight'.
 * @throws RangeError if one is missing, or has another shape or dtype; nothing is changed then.
 */
export function restoreBuffers(
  buffers: Readonly<Record<string, Variable>>,
  state: Readonly<Record<string, Tensor>>,
  what: (name: string) => string,
): void {
  const describe = ({ shape, dtype }: Tensor) => (dtype === 'float32' ? `[${shape}]` : `${dtype} [${shape}]`);
  const pairs = Object.entries(buffers).map(([name, buffer]) => {
    const tensor = Object.hasOwn(state, name) ? state[name]! : null;
    const found = tensor ? describe(tensor) : 'nothing';
    if (!tensor || found !== describe(buffer)) {
      throw new RangeError(`Cannot restore ${what(name)}: needed shape ${describe(buffer)}, found ${found}`);
    }
    return [buffer, tensor] as const;
  });
  for (const [buffer, tensor] of pairs) buffer.assign(tensor);
}
