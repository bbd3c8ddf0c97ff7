import type { NegativeSampler } from '@hcsc/samplers';
import { describe, it } from 'vitest';
import { negativeSamplerCases, type TestNegativeSamplerOptions } from './negative-sampler-cases.js';

/**
 * The conformance suite of a negative sampler, as vitest tests: shapes, masks of 0 and 1, equal masks from equal random
 * streams, keep rates that agree with the probabilities, ownership of tensors, and refusal of malformed requests; for
 * queue entries and for prototypes as candidates.
 *
 * A backend must be chosen in a set-up file.
 *
 * @example
 * ```ts
 * import { testNegativeSampler } from '@hcsc/testing';
 * import { uniformNegatives } from '@hcsc/samplers';
 * testNegativeSampler('uniformNegatives', () => uniformNegatives({ keep: 0.3 }));
 * ```
 */
export function testNegativeSampler(
  name: string,
  factory: () => NegativeSampler,
  options: TestNegativeSamplerOptions = {},
): void {
  describe(`${name} is a negative sampler`, () => {
    for (const { title, run } of negativeSamplerCases(factory, options)) it(title, run);
  });
}
