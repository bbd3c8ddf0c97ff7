import {
  gather,
  range,
  reshape,
  type Tensor,
  type Tensor1D,
  tensorScatterUpdate,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

const mapTensors = <T extends Tensor | Tensor[]>(value: T, f: (t: Tensor) => Tensor): T =>
  (Array.isArray(value) ? value.map(f) : f(value)) as T;

/**
 * Runs `forward` on the rows of `x` in the given order and puts the rows of its results back.
 *
 * @param order `[N]` int32, every row once.
 */
export function rearranged<T extends Tensor | Tensor[]>(forward: (x: Tensor) => T, x: Tensor, order: Tensor1D): T {
  return tidy(() => {
    const rows = order.shape[0];
    const inverse = tensorScatterUpdate(zeros([rows], 'int32'), reshape(order, [rows, 1]), range(0, rows, 1, 'int32'));
    const result = forward(gather(x, order));
    return mapTensors(result, (t) => {
      if (t.shape[0] !== rows) {
        throw new RangeError(`Cannot put ${t.shape[0]} rows back in the order of ${rows}: forward must keep rows`);
      }
      return gather(t, inverse);
    });
  });
}
