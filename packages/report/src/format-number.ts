/** What stands for a value that is not there. */
export const missing = '–';

const grouped = (text: string) => text.replace(/^-?\d{4,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));

const withMinus = (text: string) => text.replace('-', '−');

/** A number with at most `digits` significant digits (all of a whole number's), thousands grouped: `0.7971`, `12,480`, `3.2e−5`. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return missing;
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e9)) return withMinus(value.toExponential(1).replace('e+', 'e'));
  if (Number.isInteger(value) || size >= 1000) return withMinus(grouped(value.toFixed(0)));
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** A share between 0 and 1 as per cent with one digit: `79.7 %`. */
export function formatShare(value: number): string {
  return Number.isFinite(value) ? `${(value * 100).toFixed(1)} %` : missing;
}

/** A tick's value with just the digits that its step needs. */
export function formatTick(value: number, step: number): string {
  const power = Math.floor(Math.log10(step) + 1e-9);
  const size = Math.abs(value);
  if (value !== 0 && ((power < -4 && size < 0.01) || size >= 1e7)) {
    const digits = Math.max(0, Math.floor(Math.log10(Math.abs(value)) + 1e-9) - power);
    return withMinus(value.toExponential(digits).replace('e+', 'e'));
  }
  return withMinus(grouped(value.toFixed(Math.max(0, -power))));
}
