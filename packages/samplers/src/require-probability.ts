/** Refuses a probability outside 0 … 1. */
export function requireProbability(task: string, name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`Cannot ${task}: needed ${name} as a probability from 0 to 1, got ${value}`);
  }
}
