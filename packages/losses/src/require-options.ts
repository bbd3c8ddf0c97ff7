import type { MaskMode, Reduction } from './options.js';

/** Refuses an empty list of levels. */
export function requireLevels(loss: string, name: string, levels: readonly unknown[]): void {
  if (!Array.isArray(levels) || levels.length === 0) {
    throw new RangeError(
      `Cannot compute ${loss}: needed ${name} with at least 1 level, got ${levels?.length ?? levels}`,
    );
  }
}

/** Refuses a temperature that is not a positive number. */
export function requireTemperature(loss: string, temperature: number): void {
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new RangeError(`Cannot compute ${loss}: needed a finite temperature above 0, got ${temperature}`);
  }
}

/** Refuses an unknown mode or reduction, for callers without types. */
export function requireChoices(loss: string, mode: MaskMode, reduction: Reduction): void {
  if (mode !== 'paper' && mode !== 'reference') {
    throw new TypeError(`Cannot compute ${loss}: needed mode 'paper' or 'reference', got ${mode}`);
  }
  if (reduction !== 'mean' && reduction !== 'sum' && reduction !== 'none') {
    throw new TypeError(`Cannot compute ${loss}: needed reduction 'mean', 'sum' or 'none', got ${reduction}`);
  }
}
