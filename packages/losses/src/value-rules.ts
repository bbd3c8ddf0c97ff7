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

/** A rule on the values of a tensor: `holds(measure())` is true wherever the rule is kept. */
export interface ValueRule {
  readonly name: string;
  readonly needed: string;
  measure(): Tensor;
  holds(measured: Tensor): Tensor;
}

/** Every row of `[N, D]` has length 1. */
export function unitRows(name: string, rows: Tensor): ValueRule {
  return {
    name: `the length of a row of ${name}`,
    needed: `1 ± ${UNIT_TOLERANCE}; L2-normalise the rows`,
    measure: () => sqrt(sum(square(rows), -1)),
    holds: (length) => lessEqual(abs(sub(length, 1)), UNIT_TOLERANCE),
  };
}

/** A mask holds 0 and 1 only. */
export function zeroOrOne(name: string, mask: Tensor): ValueRule {
  return {
    name,
    needed: '0 or 1',
    measure: () => cast(mask, 'float32'),
    holds: (value) => logicalOr(equal(value, 0), equal(value, 1)),
  };
}

/** Every value is above 0 and finite. */
export function positiveValues(name: string, values: Tensor): ValueRule {
  return {
    name,
    needed: 'a finite number above 0',
    measure: () => values,
    holds: (value) => logicalAnd(greater(value, 0), lessEqual(value, LARGEST_FLOAT32)),
  };
}

/** Every value is a row number of a tensor with `count` rows. */
export function idsBelow(name: string, ids: Tensor, count: number): ValueRule {
  return {
    name,
    needed: `an id from 0 to ${count - 1}`,
    measure: () => cast(ids, 'float32'),
    holds: (id) => logicalAnd(greaterEqual(id, 0), less(id, count)),
  };
}

/** Every id is of a prototype that was not dropped. */
export function livingIds(name: string, ids: Tensor, alive: Tensor): ValueRule {
  return {
    name: `alive at ${name}`,
    needed: '1: a prototype that was dropped is nobody’s',
    measure: () => gather(alive, clipByValue(ids, 0, alive.size - 1)),
    holds: (value) => equal(value, 1),
  };
}
