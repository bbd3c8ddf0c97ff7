import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';

/**
 * Wraps the wasm backend's `GatherV2`, which works out the place of every single element: of the first axis, whole
 * rows are copied. Strings, other axes and batches are left to the backend.
 */
export function gatherWrapper(own: KernelFunc): KernelFunc {
  return (call) => {
    const { x, indices } = call.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = call.attrs as { axis: number; batchDims: number };
    const rows = x.shape[0] ?? 0;
    if (x.dtype === 'string' || batchDims !== 0 || util.parseAxisParam(axis, x.shape)[0] !== 0) return own(call);
    const backend = call.backend as BackendWasm;
    const places = backend.readSync(indices.dataId) as Int32Array;
    for (const place of places) {
      util.assert(place >= 0 && place < rows, () => `GatherV2: the index value ${place} is not in [0, ${rows - 1}]`);
    }
    const result = backend.makeOutput([...indices.shape, ...x.shape.slice(1)], x.dtype);
    const run = util.sizeFromShape(x.shape.slice(1));
    if (places.length > 0 && run > 0) copyRows(backend, x, result, places, run);
    return result;
  };
}

function copyRows(backend: BackendWasm, x: TensorInfo, result: TensorInfo, places: Int32Array, run: number): void {
  const from = backend.typedArrayFromHeap(x);
  const to = backend.typedArrayFromHeap(result);
  const size = from.BYTES_PER_ELEMENT * run;
  const heap = new Uint8Array(to.buffer);
  let target = to.byteOffset;
  for (const place of places) {
    const start = from.byteOffset + place * size;
    heap.copyWithin(target, start, start + size);
    target += size;
  }
}
