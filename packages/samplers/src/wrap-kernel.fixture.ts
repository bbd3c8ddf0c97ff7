import {
  getBackend,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { onTestFinished } from 'vitest';

/** Puts a function around a kernel of the backend, until the test is over. */
export function wrapKernel(kernelName: string, wrap: (own: KernelFunc) => KernelFunc): void {
  const backend = getBackend();
  const own = getKernel(kernelName, backend)!;
  unregisterKernel(kernelName, backend);
  registerKernel({ ...own, kernelFunc: wrap(own.kernelFunc) });
  onTestFinished(() => {
    unregisterKernel(kernelName, backend);
    registerKernel(own);
  });
}

/** Has matrix products take factors of 10 bits behind the leading one, rounded or cut, as GPUs do. */
export function coarseProducts(by: 'rounded' | 'cut'): void {
  const half = by === 'rounded' ? 0x1000 : 0;
  const coarse = (values: Float32Array) => {
    const bits = new Int32Array(values.slice().buffer).map((all) => (all + half) & ~0x1fff);
    return new Float32Array(bits.buffer);
  };
  wrapKernel('BatchMatMul', (own) => (call) => {
    const memory = call.backend as KernelBackend;
    const inputs = Object.entries(call.inputs as Record<string, TensorInfo>).map(([name, { dataId, shape, dtype }]) => {
      const values = coarse(memory.readSync(dataId) as Float32Array);
      return [name, { dataId: memory.write(values, shape, dtype), shape, dtype }] as const;
    });
    try {
      return own({ ...call, inputs: Object.fromEntries<TensorInfo>(inputs) });
    } finally {
      for (const [, { dataId }] of inputs) memory.disposeData(dataId);
    }
  });
}
