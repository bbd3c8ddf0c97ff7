import type { Tensor } from '@tensorflow/tfjs-core';

/** For a compiler: what takes over while a function is traced. */
export interface Tracer {
  /** A symbolic tensor of this shape and dtype, whose values are read anew at each call of the compiled function. */
  tensor(shape: readonly number[], dtype: 'float32' | 'int32', read: () => Float32Array | Int32Array): Tensor;
  /** An action on the host that runs at each call, in order with the reads. */
  action(run: () => void): void;
}

interface Place {
  tracer: Tracer | null;
}

// Shared by every copy of the package in the process: a compiler and a part may each bring their own.
const key = Symbol.for('@hcsc/trace');
let found: Place | undefined;

function place(): Place {
  if (!found) {
    const shared = globalThis as { [key]?: Place };
    shared[key] ??= { tracer: null };
    found = shared[key];
  }
  return found;
}

function put<T>(tracer: Tracer | null, run: () => T): T {
  const here = place();
  const before = here.tracer;
  here.tracer = tracer;
  try {
    return run();
  } finally {
    here.tracer = before;
  }
}

/** The tracer in charge, or null. */
export const currentTracer = (): Tracer | null => place().tracer;

/** True while a function is traced: values on the host would be frozen, and tensors cannot be read. */
export const isTracing = (): boolean => currentTracer() !== null;

/**
 * Runs `run` with this tracer in charge, for compilers; the one before is in charge again afterwards, also on throw.
 *
 * @param run A synchronous function: what an async one does after its first `await` is not traced.
 *
 * @example
 * ```ts
 * const outputs = whileTracing(tracer, () => step(...symbolicInputs));
 * ```
 */
export function whileTracing<T>(tracer: Tracer, run: () => T): T {
  return put(tracer, run);
}

/**
 * Runs `run` as if nothing were traced: for dry runs on the host that learn a shape.
 *
 * @example
 * ```ts
 * const { length } = outsideTrace(() => draw(createRng(0))); // a stream of its own: nothing of the caller's moves
 * ```
 */
export function outsideTrace<T>(run: () => T): T {
  return put(null, run);
}
