import fc from 'fast-check';

/** Two assignments of the same points, seldom alike; ids may be any integers. */
export function twoAssignments(largest: number): fc.Arbitrary<{ first: number[]; second: number[] }> {
  const id = fc.oneof(fc.nat(3), fc.constantFrom(-7, 1000));
  return fc
    .array(fc.tuple(id, id), { minLength: 1, maxLength: largest })
    .map((pairs) => ({ first: pairs.map(([a]) => a), second: pairs.map(([, b]) => b) }));
}

/** All orders of the values, equal ones as often as they come about. */
export function orders(values: readonly number[]): number[][] {
  if (values.length <= 1) return [[...values]];
  return values.flatMap((value, i) => orders(values.toSpliced(i, 1)).map((rest) => [value, ...rest]));
}

/** The mean of numbers. */
export const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
