import type { Tensor } from '@tensorflow/tfjs-core';

/** The values of a tensor that nobody needs any more: it is disposed. */
export function download(tensor: Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}
