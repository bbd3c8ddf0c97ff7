import type { Tensor } from '@tensorflow/tfjs-core';

type Size = number | string;

const describe = (tensor: Tensor) => `${tensor.dtype} [${tensor.shape.join(', ')}]`;

/**
 * Refuses a tensor of another shape or dtype; a number is a size that is needed, a letter any size of at least 1.
 *
 * @throws TypeError if it is no tensor, or the rank or dtype is wrong; RangeError if a size is.
 */
export function requireTensor(
  task: string,
  name: string,
  tensor: Tensor | null | undefined,
  shape: readonly Size[],
  dtypes: readonly string[] = ['float32'],
): void {
  const needed = `Cannot ${task}: needed ${name} as ${dtypes.join(' or ')} [${shape.join(', ')}]`;
  if (!tensor || !Array.isArray(tensor.shape)) throw new TypeError(`${needed}, got ${tensor}`);
  if (tensor.shape.length !== shape.length || !dtypes.includes(tensor.dtype)) {
    throw new TypeError(`${needed}, got ${describe(tensor)}`);
  }
  const fits = tensor.shape.every((size, i) => (typeof shape[i] === 'number' ? size === shape[i] : size > 0));
  if (!fits) throw new RangeError(`${needed}, got ${describe(tensor)}`);
}
