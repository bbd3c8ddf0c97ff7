import { describe, it } from 'vitest';
import { lossCases } from './loss-cases.js';
import type { LossUnderTest, TestLossOptions } from './loss-suite.js';

/**
 * The conformance suite of a contrastive loss, as vitest tests: shapes, reductions, gradients against finite
 * differences, invariances, extreme temperatures, keep-masks, ownership of tensors, and refusal of bad input.
 *
 * Gradients must be registered: import '@tensorflow/tfjs-layers' (or the union) in a set-up file, and choose a backend
 * there.
 *
 * @example
 * ```ts
 * import { testLoss } from '@hcsc/testing';
 * import { infoNCE } from '@hcsc/losses';
 * testLoss('infoNCE', infoNCE);
 * ```
 */
export function testLoss(name: string, loss: LossUnderTest, options: TestLossOptions = {}): void {
  describe(`${name} is a contrastive loss`, () => {
    for (const { title, run } of lossCases(loss, options)) it(title, run);
  });
}
