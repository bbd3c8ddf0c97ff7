import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, slice_util, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';

/**
 * Wraps the wasm backend's `Slice`, which copies the whole tensor first and then runs as short as the last axis: this
 * copies what is asked for, in runs over all axes that are taken whole. Strings are left to the backend.
 */
export function sliceWrapper(own: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x as TensorInfo;
    if (x.dtype === 'string') return own(call);
    const attrs = call.attrs as { begin: number | number[]; size: number | number[] };
    const [begin, size] = slice_util.parseSliceParams(x as Tensor, attrs.begin, attrs.size) as [number[], number[]];
    slice_util.assertParamsValid(x as Tensor, begin, size);
    const backend = call.backend as BackendWasm;
    const result = backend.makeOutput(size, x.dtype);
    if (!size.includes(0)) copy(backend, x, result, begin);
    return result;
  };
}

function copy(backend: BackendWasm, x: TensorInfo, result: TensorInfo, begin: readonly number[]): void {
  const steps = util.computeStrides(x.shape).concat(1);
  // The last axis that is not taken whole: from there on, elements lie side by side.
  let axis = Math.max(0, x.shape.length - 1);
  while (axis > 0 && result.shape[axis] === x.shape[axis]) axis--;
  const run = (result.shape[axis] ?? 1) * (steps[axis] ?? 1);
  const from = backend.typedArrayFromHeap(x);
  const to = backend.typedArrayFromHeap(result);
  let start = begin.reduce((sum, first, i) => sum + first * steps[i]!, 0);
  const at = new Array<number>(axis).fill(0);
  for (let target = 0; target < to.length; target += run) {
    to.set(from.subarray(start, start + run), target);
    for (let i = axis - 1; i >= 0; i--) {
      start += steps[i]!;
      if (++at[i]! < result.shape[i]!) break;
      at[i] = 0;
      start -= result.shape[i]! * steps[i]!;
    }
  }
}
