import type { Course } from './method-course.js';
import type { MethodTestContext, MethodUnderTest } from './method-under-test.js';
import type { TestMethodOptions } from './test-method-options.js';

/** Part of the suite: adds its cases. */
export interface MethodSuite {
  readonly options: TestMethodOptions<unknown>;
  /** A method that the case disposes. */
  build(context: MethodTestContext<unknown>): MethodUnderTest;
  /** The methods that `make` gives are disposed when the case is over. */
  check(
    title: string,
    body: (course: Course<unknown>, make: (seed?: number) => MethodUnderTest) => Promise<void>,
  ): void;
}
