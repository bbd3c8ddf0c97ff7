/** One test of a conformance suite: it throws, or its promise rejects, if the part under test fails it. */
export interface ConformanceCase<R extends void | Promise<void> = void> {
  readonly title: string;
  readonly run: () => R;
}
