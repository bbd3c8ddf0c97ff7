import { backend, getBackend, getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { OperationRun } from './step-stats.js';

/** The one function of the native binding that every operation goes through. */
interface Binding {
  executeOp(name: string, ...rest: unknown[]): unknown;
}

/**
 * Times the operations of steps that run eagerly: TensorFlow's on native, tfjs's kernels elsewhere. Of a kernel that
 * calls others only its own time counts.
 *
 * @returns The operations of each step, and how long the step took in milliseconds.
 */
export async function profileEager(
  run: () => Promise<unknown>,
  steps: number,
): Promise<{ operations: OperationRun[]; wall: number }[]> {
  let operations: OperationRun[] = [];
  let inner = 0;
  const timed = <T>(operation: string, call: () => T): T => {
    const before = inner;
    inner = 0;
    const start = performance.now();
    try {
      return call();
    } finally {
      const end = performance.now();
      // Times of others inside this one are taken from its end.
      operations.push({ operation, key: String(operations.length), start, end: end - inner });
      inner = before + end - start;
    }
  };
  const stop = 'binding' in backend() ? timeOperations(timed) : timeKernels(timed);
  try {
    const runs: { operations: OperationRun[]; wall: number }[] = [];
    for (let step = 0; step < steps; step++) {
      operations = [];
      const start = performance.now();
      await run();
      runs.push({ operations, wall: performance.now() - start });
    }
    return runs;
  } finally {
    stop();
  }
}

type Timed = <T>(operation: string, call: () => T) => T;

function timeOperations(timed: Timed): () => void {
  const { binding } = backend() as unknown as { binding: Binding };
  const own = binding.executeOp;
  binding.executeOp = (name, ...rest) => timed(name, () => own.call(binding, name, ...rest));
  return () => Reflect.deleteProperty(binding, 'executeOp');
}

function timeKernels(timed: Timed): () => void {
  const kernels = getKernelsForBackend(getBackend());
  const replace = (wanted: typeof kernels) => {
    for (const { kernelName, backendName } of kernels) unregisterKernel(kernelName, backendName);
    for (const kernel of wanted) registerKernel(kernel);
  };
  // A backend is told of its kernels when they are registered: that has been done.
  const bare = kernels.map(({ kernelName, backendName, kernelFunc }) => ({ kernelName, backendName, kernelFunc }));
  replace(
    bare.map((kernel) => ({
      ...kernel,
      kernelFunc: (given) => timed(kernel.kernelName, () => kernel.kernelFunc(given)),
    })),
  );
  return () => replace(kernels);
}
