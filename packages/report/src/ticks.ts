/** A run of round numbers. */
export interface Ticks {
  readonly values: readonly number[];
  /** 1, 2 or 5 times a power of ten. */
  readonly step: number;
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10;
  return step * power;
}

function multiples(step: number, first: number, last: number): Ticks {
  // Whole multiples, so that errors do not add up; the rounding undoes 3 × 0.1 = 0.30000000000000004, + 0 undoes −0.
  const values = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)) + 0);
  return { values, step };
}

/** The multiples of a round step within [low, high], at most `most + 1` of them. */
export function ticksWithin(low: number, high: number, most: number): Ticks {
  const step = roundStep((high - low) / most);
  return multiples(step, Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9));
}

/** The multiples of a round step from at or below `low` to at or above `high`, at most `most + 2` of them. */
export function ticksAround(low: number, high: number, most: number): Ticks {
  const step = roundStep((high - low) / most);
  return multiples(step, Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9));
}
