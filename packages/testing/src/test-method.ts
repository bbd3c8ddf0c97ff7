import { describe, it } from 'vitest';
import { methodCases } from './method-cases.js';
import type { MethodTestContext, MethodUnderTest } from './method-under-test.js';
import type { TestMethodOptions } from './test-method-options.js';

/**
 * The conformance suite of a self-supervised method, as vitest tests: what it gives, where its gradients go, the same
 * training from equal seeds, when it is compiled and after an interruption at any step, whether it learns, ownership of
 * tensors, and refusal of bad input.
 *
 * The suite trains the method by plain gradient descent, for a few epochs on small images of four kinds.
 *
 * @param factory Makes a method at each call, which the suite disposes: a `Method` of `@hcsc/train`, of a small network
 *   if tests are to be fast. All that is random in it comes from `context.rng`.
 *
 * @example
 * ```ts
 * import { testMethod } from '@hcsc/testing';
 * import { myMethod } from './my-method.js';
 * testMethod('my method', ({ rng, imageShape }) => myMethod({ rng, imageShape }));
 * ```
 */
export function testMethod<Settings = Record<string, never>>(
  name: string,
  factory: (context: MethodTestContext<Settings>) => MethodUnderTest,
  options: TestMethodOptions<Settings> = {},
): void {
  describe(`${name} is a method`, () => {
    for (const { title, run } of methodCases(factory, options)) it(title, run);
  });
}
