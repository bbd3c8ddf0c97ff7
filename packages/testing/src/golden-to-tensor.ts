import { type Rank, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type GoldenValue, goldenTensor } from './golden.js';

/**
 * A golden tensor, or a list of numbers, as a tensor of the current backend, in the layout the file has.
 *
 * int32 stays int32, everything else becomes float32; the caller disposes it.
 *
 * @throws Error if the value is neither.
 */
export function goldenToTensor<R extends Rank = Rank>(value: GoldenValue | undefined): Tensor<R> {
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return tensor(value) as Tensor<R>;
  const { data, shape, dtype } = goldenTensor(value);
  return tensor(Array.from(data), shape as never, dtype === 'int32' ? 'int32' : 'float32') as Tensor<R>;
}
