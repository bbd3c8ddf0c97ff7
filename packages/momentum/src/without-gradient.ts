import { clone, customGrad, dispose, keep, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Runs `f` so that a gradient around it neither goes through it nor keeps what it computes on the way.
 *
 * Results belong to the caller.
 */
export function withoutGradient<T extends Tensor | Tensor[]>(f: () => T): T {
  // Inside a custom gradient nothing is recorded; it has one output, so that the others are kept over its end.
  let many = false;
  const others: Tensor[] = [];
  try {
    const first = customGrad(() => {
      const result = f();
      many = Array.isArray(result);
      const [value, ...rest] = (Array.isArray(result) ? result : [result]) as [Tensor, ...Tensor[]];
      others.push(...rest.map((t) => keep(t)));
      return { value, gradFunc: () => [] };
    })();
    return (many ? [first, ...others.map((t) => clone(t))] : first) as T;
  } finally {
    dispose(others);
  }
}
