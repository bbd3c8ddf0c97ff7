import type { LossOptions, Reduction } from './options.js';

/** Refuses an empty list of levels. */
export function requireLevels(loss: string, name: string, levels: readonly unknown[]): void {
  if (!Array.isArray(levels) || levels.length === 0) {
    throw new RangeError(
      `Cannot compute ${loss}: needed ${name} with at least 1 level, got ${levels?.length ?? levels}`,
    );
  }
}

/** Refuses a temperature, or another width, that is not a positive number. */
export function requireTemperature(loss: string, temperature: number, name = 'temperature'): void {
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new RangeError(`Cannot compute ${loss}: needed a finite ${name} above 0, got ${temperature}`);
  }
}

/** Refuses an option that is not one of the choices, for callers without types. */
export function requireChoice(loss: string, name: string, given: string, choices: readonly string[]): void {
  if (!choices.includes(given)) {
    const quoted = choices.map((choice) => `'${choice}'`).join(' or ');
    throw new TypeError(`Cannot compute ${loss}: needed ${name} ${quoted}, got ${given}`);
  }
}

/** Refuses unknown choices of the options that losses share, and blocks of no whole number of candidates. */
export function requireOptions(
  loss: string,
  { mode = 'paper', reduction = 'mean', blockSize = 1 }: LossOptions<Reduction>,
): void {
  requireChoice(loss, 'mode', mode, ['paper', 'reference']);
  requireChoice(loss, 'reduction', reduction, ['mean', 'sum', 'none']);
  if (!(Number.isInteger(blockSize) && blockSize > 0)) {
    throw new RangeError(`Cannot compute ${loss}: needed blockSize as a whole number above 0, got ${blockSize}`);
  }
}
