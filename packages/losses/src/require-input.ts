import { BatchMatMul, engine, getGradient, type Tensor } from '@tensorflow/tfjs-core';
import type { MaskMode, Reduction } from './options.js';

type Size = number | string;

const describe = (tensor: Tensor) => `${tensor.dtype} [${tensor.shape.join(', ')}]`;

/**
 * Refuses a tensor of another shape or dtype; costs nothing, reads no value.
 *
 * @param shape A number is a size that is needed; a letter stands for any size of at least 1.
 * @throws TypeError if it is no tensor, or the rank or dtype is wrong; RangeError if a size is.
 */
export function requireTensor(
  loss: string,
  name: string,
  tensor: Tensor | undefined,
  shape: readonly Size[],
  dtypes: readonly string[] = ['float32'],
): void {
  const needed = `Cannot compute ${loss}: needed ${name} as ${dtypes.join(' or ')} [${shape.join(', ')}]`;
  if (!tensor || !Array.isArray(tensor.shape)) throw new TypeError(`${needed}, got ${tensor}`);
  if (tensor.shape.length !== shape.length || !dtypes.includes(tensor.dtype)) {
    throw new TypeError(`${needed}, got ${describe(tensor)}`);
  }
  const fits = tensor.shape.every((size, i) => (typeof shape[i] === 'number' ? size === shape[i] : size > 0));
  if (!fits) throw new RangeError(`${needed}, got ${describe(tensor)}`);
}

/** Refuses a keep-mask of another shape or dtype. */
export function requireMask(loss: string, name: string, mask: Tensor | undefined, shape: readonly Size[]): void {
  requireTensor(loss, name, mask, shape, ['float32', 'int32', 'bool']);
}

/** Refuses an empty list of levels. */
export function requireLevels(loss: string, name: string, levels: readonly unknown[]): void {
  if (!Array.isArray(levels) || levels.length === 0) {
    throw new RangeError(
      `Cannot compute ${loss}: needed ${name} with at least 1 level, got ${levels?.length ?? levels}`,
    );
  }
}

/** Refuses a temperature that is not a positive number. */
export function requireTemperature(loss: string, temperature: number): void {
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new RangeError(`Cannot compute ${loss}: needed a finite temperature above 0, got ${temperature}`);
  }
}

/** Refuses an unknown mode or reduction, for callers without types. */
export function requireChoices(loss: string, mode: MaskMode, reduction: Reduction): void {
  if (mode !== 'paper' && mode !== 'reference') {
    throw new TypeError(`Cannot compute ${loss}: needed mode 'paper' or 'reference', got ${mode}`);
  }
  if (reduction !== 'mean' && reduction !== 'sum' && reduction !== 'none') {
    throw new TypeError(`Cannot compute ${loss}: needed reduction 'mean', 'sum' or 'none', got ${reduction}`);
  }
}

/**
 * Says what is missing when a gradient is asked for and none is registered: tfjs-core alone has the operations but
 * not their derivatives.
 */
export function requireGradients(loss: string): void {
  if (engine().state.gradientDepth > 0 && getGradient(BatchMatMul) == null) {
    throw new Error(
      `Cannot differentiate ${loss}: no gradients are registered. Import '@tensorflow/tfjs-layers' or ` +
        `'@tensorflow/tfjs' once, at the start of the program; '@tensorflow/tfjs-core' alone cannot differentiate`,
    );
  }
}
