import type { Tensor } from '@tensorflow/tfjs-core';

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
