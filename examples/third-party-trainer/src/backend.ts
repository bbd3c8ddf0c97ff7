import * as tf from '@tensorflow/tfjs-core';

/** The backends that the trainer knows in Node. */
export const names = ['cpu', 'wasm', 'native'] as const;

/** Starts a backend: TensorFlow.js's own, or TensorFlow itself by `@hcsc/runtime`. */
export async function startBackend(name: string | undefined): Promise<void> {
  if (name === 'native') {
    const { startRuntime } = await import('@hcsc/runtime');
    await startRuntime({ backend: 'native', log: () => {} });
  } else if (name === 'wasm') {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
  } else if (name === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
  } else {
    throw new RangeError(`Cannot train on ${name}: give one of ${names.join(', ')}`);
  }
  await tf.ready();
}
