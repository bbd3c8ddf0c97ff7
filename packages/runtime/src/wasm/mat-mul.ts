import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type KernelFunc, type TensorInfo, Transpose } from '@tensorflow/tfjs-core';

/**
 * Wraps the wasm backend's `BatchMatMul`, which is ten times slower on operands that it has to read transposed: they
 * are transposed beforehand.
 */
export function transposingMatMul(own: KernelFunc): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const wasm = backend as BackendWasm;
    const a2 = transposeA ? swapLastTwo(a, wasm) : a;
    const b2 = transposeB ? swapLastTwo(b, wasm) : b;
    try {
      return own({ inputs: { a: a2, b: b2 }, backend, attrs: { transposeA: false, transposeB: false } });
    } finally {
      if (transposeA) wasm.disposeData(a2.dataId);
      if (transposeB) wasm.disposeData(b2.dataId);
    }
  };
}

function swapLastTwo(x: TensorInfo, backend: BackendWasm): TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2, 1));
  const transpose = getKernel(Transpose, 'wasm').kernelFunc;
  return transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
}
