import { getKernel, type KernelConfig, type KernelFunc, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/** Registers a kernel, in the place of the one of that name if there is one; the undo brings that one back. */
export function addKernel(kernel: KernelConfig): () => void {
  const { kernelName, backendName } = kernel;
  const before = getKernel(kernelName, backendName);
  if (before !== undefined) unregisterKernel(kernelName, backendName);
  registerKernel(kernel);
  return () => {
    if (getKernel(kernelName, backendName) !== kernel) return;
    unregisterKernel(kernelName, backendName);
    if (before !== undefined) registerKernel(before);
  };
}

/**
 * Puts a function around a backend's own kernel, whose set-up stays as it is; the undo takes it off again.
 *
 * @throws Error if the backend has no such kernel.
 */
export function wrapKernel(kernelName: string, backendName: string, wrap: (own: KernelFunc) => KernelFunc): () => void {
  const own = getKernel(kernelName, backendName);
  if (own === undefined) {
    throw new Error(`The ${backendName} backend has no kernel ${kernelName}: import the backend's package first`);
  }
  return addKernel({ ...own, kernelFunc: wrap(own.kernelFunc) });
}
