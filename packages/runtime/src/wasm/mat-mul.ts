import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type DataId, getKernel, type KernelFunc, type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';

/**
 * Wraps the wasm backend's kernels for matrix products, `BatchMatMul` and `_FusedMatMul`, which
 * - are ten times slower on operands that they have to read transposed: those are transposed beforehand;
 * - keep the right operand in a packed form, found again by its data and not by its shape, so that the same data seen
 *   as another matrix overwrites memory that is not theirs: such a one is copied.
 *
 * Both kernels share what they keep, so one wrapper is made for both.
 */
export function matMulWrapper(): (own: KernelFunc) => KernelFunc {
  /** The number of columns each right operand was packed with. */
  const packed = new WeakMap<DataId, number>();

  return (own) =>
    ({ inputs, backend, attrs }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
      const wasm = backend as BackendWasm;
      const temporary: TensorInfo[] = [];
      const keep = (x: TensorInfo) => {
        temporary.push(x);
        return x;
      };
      try {
        const left = transposeA ? keep(swapLastTwo(a, wasm)) : a;
        let right = transposeB ? keep(swapLastTwo(b, wasm)) : b;
        const columns = right.shape.at(-1)!;
        const before = packed.get(right.dataId);
        if (before !== undefined && before !== columns) right = keep(copy(right, wasm));
        if (util.sizeFromShape(right.shape.slice(0, -2)) === 1) packed.set(right.dataId, columns);
        return own({
          inputs: { ...inputs, a: left, b: right },
          backend,
          attrs: { ...attrs, transposeA: false, transposeB: false },
        });
      } finally {
        for (const { dataId } of temporary) wasm.disposeData(dataId);
      }
    };
}

function swapLastTwo(x: TensorInfo, backend: BackendWasm): TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2, 1));
  return getKernel(Transpose, 'wasm').kernelFunc({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
}

function copy(x: TensorInfo, backend: BackendWasm): TensorInfo {
  const result = backend.makeOutput(x.shape, x.dtype);
  backend.typedArrayFromHeap(result).set(backend.typedArrayFromHeap(x));
  return result;
}
