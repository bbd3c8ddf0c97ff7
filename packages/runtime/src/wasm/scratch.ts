import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

/** Memory on the backend's heap: where it is in bytes, and what it holds. */
export interface Block {
  readonly pointer: number;
  /** A view that is good until the next allocation, which may move the heap. */
  values(): Float32Array;
}

/** Hands out memory, to be used until the function returns. */
export function withScratch<T>(backend: BackendWasm, use: (allocate: (size: number) => Block) => T): T {
  const taken: DataId[] = [];
  const allocate = (size: number) => {
    const info = backend.makeOutput([size], 'float32');
    taken.push(info.dataId);
    return blockOf(backend, info);
  };
  try {
    return use(allocate);
  } finally {
    for (const dataId of taken) backend.disposeData(dataId);
  }
}

/** The memory of a float32 tensor. */
export function blockOf(backend: BackendWasm, info: TensorInfo): Block {
  return {
    pointer: backend.getMemoryOffset(info.dataId),
    values: () => backend.typedArrayFromHeap(info) as Float32Array,
  };
}
