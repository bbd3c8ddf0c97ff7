import { Tensor, type TensorContainer } from '@tensorflow/tfjs-core';

/** Lists and records are gone into; everything else is a leaf. */
function isNested(value: unknown): value is Record<string, unknown> | readonly unknown[] {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The same nesting of lists and records, with each tensor replaced; other leaves stay as they are. */
export function mapTensors<T>(container: T, replace: (tensor: Tensor) => unknown): T {
  const visit = (value: unknown): unknown => {
    if (value instanceof Tensor) return replace(value);
    if (Array.isArray(value)) return value.map(visit);
    if (!isNested(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(container) as T;
}

/** The tensors in a nesting of lists and records, in the order {@link mapTensors} meets them in. */
export function tensorsIn(container: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  mapTensors(container as TensorContainer, (tensor) => tensors.push(tensor));
  return tensors;
}

/**
 * What arguments must agree in for a function to serve for both: structure, shapes, dtypes, and leaves that are no
 * tensors.
 *
 * @throws TypeError for a number, which would be frozen, and for what cannot be compared.
 */
export function signatureOf(args: readonly unknown[]): string {
  const visit = (value: unknown): string => {
    if (value instanceof Tensor) return `${value.dtype}[${value.shape}]`;
    if (Array.isArray(value)) return `[${value.map(visit).join()}]`;
    if (isNested(value)) {
      return `{${Object.entries(value)
        .map(([key, inner]) => `${JSON.stringify(key)}:${visit(inner)}`)
        .join()}}`;
    }
    if (value === null || ['undefined', 'boolean', 'string'].includes(typeof value))
      return JSON.stringify(value) ?? '-';
    throw new TypeError(
      `Cannot call a compiled function with ${typeof value === 'number' ? `the number ${value}, which would be frozen: give tf.scalar(${value})` : `a ${typeof value}: give tensors, lists and records of them, strings, booleans or null`}`,
    );
  };
  return args.map(visit).join();
}

/**
 * What a function has returned, if it is not for later.
 *
 * @throws TypeError for a promise.
 */
export function refusePromise<R>(returned: R): R {
  if (!(returned instanceof Promise)) return returned;
  returned.catch(() => undefined);
  throw new TypeError('Cannot compile an async function: do what must be awaited outside of it');
}
