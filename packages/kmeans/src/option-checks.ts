/** `Float64Array`, `Null`, `Number`, … */
export const kindOf = (value: unknown) => Object.prototype.toString.call(value).slice('[object '.length, -1);

/** Throws a RangeError unless `value` is an integer of at least `least`. */
export function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
  }
}

/** Throws a RangeError unless `value` is a finite number above 0. */
export function requirePositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new RangeError(`${name} must be a number above 0, got ${value}`);
  }
}

/** Throws a RangeError unless `value` is a finite number of at least 0. */
export function requireNotNegative(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`${name} must be a number of at least 0, got ${value}`);
  }
}
