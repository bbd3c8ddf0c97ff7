import { clone, type Tensor, transpose } from '@tensorflow/tfjs-core';

/** Where PyTorch keeps each axis of a TensorFlow weight, by rank: `[kh, kw, in, out]` → `[out, in, kh, kw]`, `[in, out]` → `[out, in]`. */
const toTorch: Record<number, number[]> = { 2: [1, 0], 4: [3, 2, 0, 1] };
const fromTorch: Record<number, number[]> = { 2: [1, 0], 4: [2, 3, 1, 0] };

const permute = (weight: Tensor, order: number[] | undefined) => (order ? transpose(weight, order) : clone(weight));

/**
 * A weight, or its gradient, in PyTorch's layout: convolutions `[out, in, kh, kw]`, linear layers `[out, in]`, vectors as they are.
 *
 * The caller disposes the result.
 *
 * @example
 * ```ts
 * const gradient = toTorchLayout(grads[variable.name]);
 * ```
 */
export function toTorchLayout(weight: Tensor): Tensor {
  return permute(weight, toTorch[weight.rank]);
}

/** The inverse of {@link toTorchLayout}; the caller disposes the result. */
export function fromTorchLayout(weight: Tensor): Tensor {
  return permute(weight, fromTorch[weight.rank]);
}

/** The shape that a weight of this shape has in PyTorch. */
export function torchShape(shape: readonly number[]): number[] {
  return toTorch[shape.length]?.map((axis) => shape[axis]!) ?? [...shape];
}
