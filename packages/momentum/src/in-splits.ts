import { concat, slice, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { rearranged } from './rearranged.js';

/**
 * Runs `forward` on `splits` parts of the batch one after the other, so that each part has batch statistics of its own, as on so many devices.
 *
 * Row n belongs to part n mod `splits`, as with `splits` of `batchNorm` in `@hcsc/backbones`, which normalises in the
 * same way and updates running statistics once a batch; here each part updates them, and any model can be used.
 *
 * @param forward From rows to as many rows: one tensor or several.
 * @param x `[N, …]`, N a multiple of `splits`.
 * @throws RangeError if N is no multiple of `splits`, or forward gives another number of rows.
 *
 * @example
 * ```ts
 * const keys = inSplits((part) => key.forward(part), images, 8); // MoCo on one device
 * ```
 */
export function inSplits<T extends Tensor | Tensor[]>(forward: (x: Tensor) => T, x: Tensor, splits: number): T {
  const rows = x.shape[0] ?? 0;
  if (!Number.isInteger(splits) || splits < 1 || rows === 0 || rows % splits !== 0) {
    throw new RangeError(
      `Cannot run a batch of ${rows} in ${splits} equal parts: give a batch size that is a multiple of it`,
    );
  }
  const size = rows / splits;
  const order = Int32Array.from({ length: rows }, (_, i) => (i % size) * splits + Math.floor(i / size));
  const forwardParts = (parted: Tensor): T => {
    const rest = parted.shape.slice(1);
    const results = Array.from({ length: splits }, (_, part) =>
      forward(slice(parted, [part * size, ...rest.map(() => 0)], [size, ...rest])),
    );
    const joined = results.map((result) => [result].flat() as Tensor[]);
    const outputs = joined[0]!.map((_, output) => concat(joined.map((tensors) => tensors[output]!)));
    return (Array.isArray(results[0]) ? outputs : outputs[0]) as T;
  };
  return tidy(() => rearranged(forwardParts, x, tensor1d(order, 'int32')));
}
