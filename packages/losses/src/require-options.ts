import type { LossOptions, Reduction } from './options.js';
import type { Averaging } from './over-positives.js';
import { requireThat } from './require-that.js';

/** The options that more than one loss has. */
export type AnyOptions = LossOptions<Reduction> & { averaging?: Averaging };

/** Refuses an empty list of levels. */
export function requireLevels(loss: string, name: string, levels: readonly unknown[]): void {
  requireThat(levels?.length > 0, loss, `${name} with at least 1 level`, levels?.length);
}

/** Refuses a temperature, or another width, that is not a positive number. */
export function requireTemperature(loss: string, temperature: number, name = 'temperature'): void {
  requireThat(Number.isFinite(temperature) && temperature > 0, loss, `a finite ${name} above 0`, temperature);
}

/** Refuses an option that is not one of the choices, for callers without types. */
function requireChoice(loss: string, name: string, given: string, choices: readonly string[]): void {
  requireThat(choices.includes(given), loss, `${name} '${choices.join("' or '")}'`, given, TypeError);
}

/** Refuses unknown choices of the options that losses share, and blocks of no whole number of candidates. */
export function requireOptions(
  loss: string,
  { mode = 'paper', reduction = 'mean', averaging = 'out', blockSize = 1 }: AnyOptions,
): void {
  requireChoice(loss, 'mode', mode, ['paper', 'reference']);
  requireChoice(loss, 'reduction', reduction, ['mean', 'sum', 'none']);
  requireChoice(loss, 'averaging', averaging, ['out', 'in', 'sum']);
  requireThat(Number.isInteger(blockSize) && blockSize > 0, loss, 'blockSize as a whole number above 0', blockSize);
}
