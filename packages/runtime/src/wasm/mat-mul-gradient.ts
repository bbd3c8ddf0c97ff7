import { matMul, type NamedAttrMap, type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { InputGradients } from '../gradients/override-gradient.js';

/**
 * The gradient of `BatchMatMul` with its transposes made beforehand, because the wasm kernel is ten times slower on
 * operands that it has to read transposed.
 */
export function matMulGradient(dy: Tensor, saved: Tensor[], attrs: NamedAttrMap): InputGradients {
  const [a, b] = saved as [Tensor, Tensor];
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const a2 = () => (transposeA ? a : swapLastTwo(a));
  const b2 = () => (transposeB ? b : swapLastTwo(b));
  return {
    a: () => (transposeA ? matMul(swapLastTwo(b2()), swapLastTwo(dy)) : matMul(dy, b2())),
    b: () => (transposeB ? matMul(swapLastTwo(dy), swapLastTwo(a2())) : matMul(a2(), dy)),
  };
}

function swapLastTwo(x: Tensor): Tensor {
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  axes.push(...axes.splice(-2, 1));
  return transpose(x, axes);
}
