import type { ConformanceCase } from './conformance-case.js';
import { methodCourse } from './method-course.js';
import { gradientCases } from './method-gradient-cases.js';
import { outputCases } from './method-output-cases.js';
import { ownershipCases } from './method-ownership-cases.js';
import { runCases } from './method-run-cases.js';
import type { MethodSuite } from './method-suite.js';
import type { MethodTestContext, MethodUnderTest } from './method-under-test.js';
import type { TestMethodOptions } from './test-method-options.js';

/** The tests of `testMethod`, one by one. */
export function methodCases<Settings = Record<string, never>>(
  factory: (context: MethodTestContext<Settings>) => MethodUnderTest,
  options: TestMethodOptions<Settings> = {},
): ConformanceCase<Promise<void>>[] {
  const cases: ConformanceCase<Promise<void>>[] = [];
  const build = factory as MethodSuite['build'];
  const suite: MethodSuite = {
    ...{ options, build },
    check(title, body) {
      const run = async () => {
        const course = methodCourse(options);
        const made: MethodUnderTest[] = [];
        try {
          await body(course, (seed = 0) => {
            made.push(factory(course.context(seed)));
            return made.at(-1)!;
          });
        } finally {
          for (const method of made) method.dispose();
        }
      };
      cases.push({ title, run });
    },
  };
  for (const part of [outputCases, gradientCases, runCases, ownershipCases]) part(suite);
  return cases;
}
