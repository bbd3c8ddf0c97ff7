import type { DataId, KernelBackend } from '@tensorflow/tfjs-core';

/** tfjs's WebGPU backend, as far as reading goes. */
interface WebgpuBackend extends KernelBackend {
  readonly tensorMap: { get(dataId: DataId): { readonly values: unknown; readonly dtype: string } };
}

/**
 * Makes `dataSync()` of what is on the device say what to do: tfjs reads it through a canvas of a browser's, and Node
 * has none.
 */
export function refuseSynchronousReads(backend: KernelBackend): void {
  if (typeof (globalThis as { OffscreenCanvas?: unknown }).OffscreenCanvas !== 'undefined') return;
  const own = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { values, dtype } = (backend as WebgpuBackend).tensorMap.get(dataId);
    if (values == null && dtype !== 'string' && dtype !== 'complex64') {
      throw new Error('Cannot read a tensor with dataSync() on webgpu in Node: needed `await tensor.data()`');
    }
    return own(dataId);
  };
}
