import { currentTracer } from './tracer.js';

/**
 * Runs an action on the host: now, or at each call of the function that is being compiled.
 *
 * While a function is traced the action does not run; the compiled function runs it at each of its calls, in order
 * with the other actions and the reads of `perCall` and `perCallTensor`, and before what it computes.
 *
 * @example
 * ```ts
 * const m = perCall(() => schedule(step));
 * atEachCall(() => { step += 1; }); // after the read above, at every call
 * ```
 */
export function atEachCall(action: () => void): void {
  const tracer = currentTracer();
  if (tracer) tracer.action(action);
  else action();
}
