import { gather, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';

const mapTensors = <T extends Tensor | Tensor[]>(value: T, f: (t: Tensor) => Tensor): T =>
  (Array.isArray(value) ? value.map(f) : f(value)) as T;

/** Runs `forward` on the rows of `x` in the given order and puts the rows of its results back. */
export function rearranged<T extends Tensor | Tensor[]>(forward: (x: Tensor) => T, x: Tensor, order: Int32Array): T {
  return tidy(() => {
    const back = new Int32Array(order.length);
    order.forEach((from, to) => {
      back[from] = to;
    });
    const inverse = tensor1d(back, 'int32');
    const result = forward(gather(x, tensor1d(order, 'int32')));
    return mapTensors(result, (t) => {
      if (t.shape[0] !== order.length) {
        throw new RangeError(
          `Cannot put ${t.shape[0]} rows back in the order of ${order.length}: forward must keep rows`,
        );
      }
      return gather(t, inverse);
    });
  });
}
