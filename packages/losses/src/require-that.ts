/** Refuses, unless `holds`, with what was needed and what was given. */
export function requireThat(
  holds: boolean,
  loss: string,
  needed: string,
  got: unknown,
  Refusal: typeof RangeError | typeof TypeError = RangeError,
): asserts holds {
  if (!holds) throw new Refusal(`Cannot compute ${loss}: needed ${needed}, got ${got}`);
}
