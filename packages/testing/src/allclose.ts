import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Anything that holds numbers: a tensor, a typed array, an array, a golden tensor or one number. */
export type Numbers = Tensor | ArrayLike<number> | { shape: readonly number[]; data: ArrayLike<number> } | number;

function flatten(value: Numbers): { data: ArrayLike<number>; shape: readonly number[] | null } {
  if (typeof value === 'number') return { data: [value], shape: null };
  if ('dataSync' in value) return { data: value.dataSync(), shape: value.shape };
  if ('data' in value) return { data: value.data, shape: value.shape };
  return { data: value, shape: null };
}

/** The largest |a − b|, and the largest |b|; Infinity if a value is not finite where the other is. */
export function difference(actual: Numbers, expected: Numbers): { difference: number; scale: number; at: number } {
  const a = flatten(actual).data;
  const b = flatten(expected).data;
  let worst = 0;
  let at = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    scale = Math.max(scale, Math.abs(b[i]!));
    const d = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i]! - b[i]!);
    if (!(d <= worst)) {
      worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
      at = i;
    }
  }
  return { difference: worst, scale, at };
}

function toBeAllclose(actual: Numbers, expected: Numbers, tolerance = 1e-5) {
  const a = flatten(actual);
  const b = flatten(expected);
  if (a.data.length !== b.data.length || (a.shape && b.shape && String(a.shape) !== String(b.shape))) {
    return {
      pass: false,
      message: () => `shapes differ: got [${a.shape ?? a.data.length}], expected [${b.shape ?? b.data.length}]`,
    };
  }
  const { difference: worst, scale, at } = difference(actual, expected);
  const limit = tolerance * (scale + 0.001);
  return {
    pass: worst <= limit,
    message: () =>
      `max |a - b| is ${worst} at element ${at} (got ${a.data[at]}, expected ${b.data[at]}), limit ${limit} = ${tolerance} x (${scale} + 0.001)`,
  };
}

/**
 * Adds the matcher `toBeAllclose(expected, tolerance = 1e-5)` to vitest's `expect`.
 *
 * Passes if max|a − b| ≤ tolerance · (max|b| + 0.001) over the tensor, the rule of the golden fixtures; shapes must
 * agree where both sides have one. Call it once in a set-up file.
 */
export function installMatchers(): void {
  expect.extend({ toBeAllclose });
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration must repeat vitest's own type parameter
  interface Matchers<T = any> {
    toBeAllclose(expected: Numbers, tolerance?: number): T;
  }
}
