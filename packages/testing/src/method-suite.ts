import type { Course, CourseOptions } from './method-course.js';
import type { MethodTestContext, MethodUnderTest } from './method-under-test.js';

/** Options of {@link testMethod}. */
export interface TestMethodOptions<Settings = Record<string, never>> extends CourseOptions<Settings> {
  /** Does the method need labels, to contrast classes say? Default `false`: it must train the same without. */
  needsLabels?: boolean;
  /** Does the loss stop a gradient that `targets` could have left out? Then differences would not agree. Default `false`. */
  stopsGradients?: boolean;
  /** Steps on one batch and its targets after which the loss of it must be lower; default 12; `false`: no such test. */
  learns?: number | false;
}

/** Part of the suite: adds its cases. */
export interface MethodSuite {
  readonly options: TestMethodOptions<unknown>;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** A method that the case disposes. */
  build(context: MethodTestContext<unknown>): MethodUnderTest;
  /** The methods that `make` gives are disposed when the case is over. */
  check(
    title: string,
    body: (course: Course<unknown>, make: (seed?: number) => MethodUnderTest) => Promise<void>,
    changes?: CourseOptions<unknown>,
  ): void;
}
