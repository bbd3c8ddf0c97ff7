import { isTracing } from './tracer.js';

/**
 * Throws while a function is traced: for what would be frozen into the compiled function.
 *
 * @param what What is asked for, after 'Cannot'.
 * @param instead What to use in its place.
 * @throws Error while a function is traced.
 *
 * @example
 * ```ts
 * refuseWhileTracing('draw rng.uniform()', 'rng.uniformTensor([…])');
 * ```
 */
export function refuseWhileTracing(what: string, instead: string): void {
  if (isTracing()) {
    throw new Error(
      `Cannot ${what} while a step is compiled: it would be frozen, the same at every call; use ${instead}`,
    );
  }
}
