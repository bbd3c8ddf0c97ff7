import { GatherV2, type KernelFunc } from '@tensorflow/tfjs-core';
import { wrapKernel } from '../../kernels/add-kernel.js';
import type { TensorFlowBackend } from '../../vendored.js';

/**
 * Gathers without a look at the indices, which tfjs-node's kernel downloads to check them: that waits for the device, and
 * cannot be compiled. TensorFlow checks them itself on the processor; on a GPU it gives zeros for those out of range.
 */
const withoutLooking =
  (own: KernelFunc): KernelFunc =>
  (args) => {
    const backend = args.backend as TensorFlowBackend;
    return own({ ...args, backend: Object.create(backend, { readSync: { value: () => [] } }) });
  };

/** Puts {@link withoutLooking} around the native backend's kernel; returns the undo. */
export const gatherWithoutLooking = (): (() => void) => wrapKernel(GatherV2, 'tensorflow', withoutLooking);
