/** Rows that are compared with as many others at a time, by default: 4 MB of similarities. */
export const BLOCK_SIZE = 1024;

/** Pairs that are kept at most, by default: 192 MB. */
export const MAX_PAIRS = 2 ** 24;

/** Refuses an option unless it is an integer of at least `least`. */
export function requireCount(miner: string, name: string, value: number, least = 1): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`Cannot make ${miner}: needed ${name} as an integer of at least ${least}, got ${value}`);
  }
}
