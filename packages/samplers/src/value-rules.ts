import {
  abs,
  cast,
  clipByValue,
  equal,
  gather,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** How far a row's length may be from 1. */
const UNIT_TOLERANCE = 1e-2;
const LARGEST_FLOAT32 = 3.4028234e38;

/** What must hold of every value that is measured. */
export interface ValueRule {
  readonly name: string;
  readonly needed: string;
  measure(): Tensor;
  holds(measured: Tensor): Tensor;
}

export const unitRows = (name: string, rows: Tensor): ValueRule => ({
  name: `the length of a row of ${name}`,
  needed: `1 ± ${UNIT_TOLERANCE}; L2-normalise the rows`,
  measure: () => sqrt(sum(square(rows), -1)),
  holds: (length) => lessEqual(abs(sub(length, 1)), UNIT_TOLERANCE),
});

export const aboveZero = (name: string, values: Tensor): ValueRule => ({
  name,
  needed: 'a finite number above 0',
  measure: () => values,
  holds: (value) => logicalAnd(greater(value, 0), lessEqual(value, LARGEST_FLOAT32)),
});

export const idsBelow = (name: string, ids: Tensor, count: number): ValueRule => ({
  name,
  needed: `an id from 0 to ${count - 1}`,
  measure: () => cast(ids, 'float32'),
  holds: (id) => logicalAnd(greaterEqual(id, 0), less(id, count)),
});

export const zeroOrOne = (name: string, values: Tensor): ValueRule => ({
  name,
  needed: '0 or 1',
  measure: () => values,
  holds: (value) => logicalOr(equal(value, 0), equal(value, 1)),
});

export const shareOfOne = (name: string, value: Tensor): ValueRule => ({
  name,
  needed: 'a share from 0 to 1',
  measure: () => value,
  holds: (share) => logicalAnd(greaterEqual(share, 0), lessEqual(share, 1)),
});

/** Every id is of a prototype that is not dropped. */
export const living = (name: string, ids: Tensor, alive: Tensor): ValueRule => ({
  name: `alive at ${name}`,
  needed: '1: a prototype that was dropped is nobody’s',
  measure: () => gather(alive, clipByValue(ids, 0, alive.size - 1)),
  holds: (value) => equal(value, 1),
});
