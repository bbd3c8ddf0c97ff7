import { dispose, memory, type TensorContainer } from '@tensorflow/tfjs-core';

/** How many tensors `run` leaves allocated once what it returned is disposed; a throw counts as returning nothing. */
export function leakedTensors(run: () => TensorContainer): number {
  const before = memory().numTensors;
  let result: TensorContainer = [];
  try {
    result = run();
  } catch {
    // Only what is left allocated matters here; whether it throws is asserted elsewhere.
  }
  dispose(result);
  return memory().numTensors - before;
}
