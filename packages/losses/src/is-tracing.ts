/**
 * True while a compiler traces the function around, where no value can be read.
 *
 * It looks where `@hcsc/trace` keeps its tracer: a package of pure functions needs no more of it.
 */
export function isTracing(): boolean {
  const shared = globalThis as { [key: symbol]: { tracer?: unknown } | undefined };
  return Boolean(shared[Symbol.for('@hcsc/trace')]?.tracer);
}
