import { describe, expect, test } from 'vitest';
import { resampling } from './resampling-taps.js';

const kernels = {
  bilinear: (x: number) => Math.max(0, 1 - x),
  // Keys' cubic with a = -1/2, term by term.
  bicubic: (x: number) => {
    if (x <= 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
    return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
  },
};

const cases = [1, 2, 3, 7, 10, 224].flatMap((length) => [1, 2, 5, 7, 30].map((to) => [length, to] as const));

describe.each(['bilinear', 'bicubic'] as const)('%s', (interpolation) => {
  test.each(cases)('%i pixels to %i: the kernel at every pixel, with the sum 1', (length, to) => {
    for (const antialias of [true, false]) {
      const taps = resampling(length, to, interpolation, antialias);
      const scale = length / to;
      const stretch = antialias ? Math.max(1, scale) : 1;
      for (let target = 0; target < to; target++) {
        const all = Array.from({ length }, (_, j) =>
          kernels[interpolation](Math.abs(j + 0.5 - (target + 0.5) * scale) / stretch),
        );
        const total = all.reduce((a, b) => a + b);
        const { first, count, weights } = taps.at(target);
        expect(count).toBeLessThanOrEqual(taps.most);
        expect(first >= 0 && count > 0 && first + count <= length).toBe(true);
        const found = all.map((_, j) => (j >= first && j < first + count ? weights[j - first]! : 0));
        found.forEach((weight, j) => {
          expect(weight).toBeCloseTo(all[j]! / total, 12);
        });
      }
    }
  });
});
