/** One test of a conformance suite: it throws if the part under test fails it. */
export interface ConformanceCase {
  readonly title: string;
  readonly run: () => void;
}
