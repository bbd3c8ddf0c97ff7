/** As many digits as it takes to tell these cosines apart: `least` to 6. */
export function cosineDigits(cosines: readonly number[], least: number): number {
  const span = cosines.reduce((a, b) => Math.max(a, b), -1) - cosines.reduce((a, b) => Math.min(a, b), 1);
  return span > 0 ? Math.min(6, Math.max(least, Math.ceil(-Math.log10(span)) + 2)) : least;
}
