import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';

/** `UnsortedSegmentSum`, which the wasm backend lacks and `gather`'s gradient needs; ids out of range are left out. */
export const unsortedSegmentSumKernel: KernelConfig = {
  kernelName: UnsortedSegmentSum,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const wasm = backend as BackendWasm;
    const { x, segmentIds } = inputs as Required<typeof inputs>;
    const { numSegments } = attrs as { numSegments: number };
    const inner = x!.shape.slice(segmentIds!.shape.length);
    const width = util.sizeFromShape(inner);
    const sum = wasm.makeOutput([numSegments, ...inner], x!.dtype);
    // Views of the heap: taken after the allocation, which may move it.
    const ids = wasm.typedArrayFromHeap(segmentIds!);
    const from = wasm.typedArrayFromHeap(x!);
    const to = wasm.typedArrayFromHeap(sum).fill(0);
    for (let i = 0; i < ids.length; i++) {
      const segment = ids[i]!;
      if (segment < 0 || segment >= numSegments) continue;
      for (let j = 0; j < width; j++) to[segment * width + j]! += from[i * width + j]!;
    }
    return sum;
  },
};
