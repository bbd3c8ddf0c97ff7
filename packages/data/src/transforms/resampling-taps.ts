import type { Interpolation } from './host-step.js';

/** From which pixels one pixel of a resized row is made. */
export interface Taps {
  /** The first of them. */
  first: number;
  count: number;
  /** `count` of these, with the sum 1. */
  readonly weights: Float64Array;
}

/** How a row of `length` pixels becomes one of `to`. */
export interface Resampling {
  /** At most so many taps for each pixel. */
  readonly most: number;
  /** The taps of a pixel; the same object at each call. */
  at(target: number): Taps;
}

/** Kernels by the distance from the middle, and how far they reach. */
const KERNELS: Record<Interpolation, { readonly kernel: (x: number) => number; readonly reach: number }> = {
  bilinear: { kernel: (x) => 1 - x, reach: 1 },
  bicubic: { kernel: keys, reach: 2 },
};

/** Keys' cubic with a = −½. */
function keys(x: number): number {
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
}

/**
 * The weights that resize: kernel((j + ½ − (i + ½)·s) / stretch), to the sum 1, where s = length / to, and stretch is
 * max(1, s) with antialias and 1 without.
 */
export function resampling(length: number, to: number, interpolation: Interpolation, antialias: boolean): Resampling {
  const scale = length / to;
  const stretch = antialias ? Math.max(1, scale) : 1;
  const { kernel, reach } = KERNELS[interpolation];
  const radius = reach * stretch;
  const most = Math.min(length, Math.ceil(2 * radius));
  const taps: Taps = { first: 0, count: 0, weights: new Float64Array(most) };
  return {
    most,
    at(target) {
      const center = (target + 0.5) * scale - 0.5; // from the first pixel's middle
      // The kernel is 0 where it ends.
      taps.first = Math.max(0, Math.floor(center - radius) + 1);
      taps.count = Math.min(length - 1, Math.ceil(center + radius) - 1, taps.first + most - 1) - taps.first + 1;
      let total = 0;
      for (let j = 0; j < taps.count; j++) {
        const weight = kernel(Math.abs(taps.first + j - center) / stretch);
        taps.weights[j] = weight;
        total += weight;
      }
      for (let j = 0; j < taps.count; j++) taps.weights[j]! /= total;
      return taps;
    },
  };
}
