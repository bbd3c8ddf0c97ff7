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

/** The sizes that the letters of a call's shapes stand for. */
export type Sizes = Readonly<Record<string, number>>;

/** What the values of an argument are: a rule, kept wherever `holds(measure(tensor))` is true. */
export interface Kind {
  readonly dtypes: readonly string[];
  /** What is measured; absent: the argument itself. */
  readonly measured?: (name: string) => string;
  readonly needed: (sizes: Sizes) => string;
  readonly measure: (tensor: Tensor) => Tensor;
  readonly holds: (measured: Tensor, sizes: Sizes) => Tensor;
}

const asFloat = { dtypes: ['float32'], measure: (tensor: Tensor) => cast(tensor, 'float32') };

/** Rows of length 1. */
export const unitRows: Kind = {
  ...asFloat,
  measured: (name) => `the length of a row of ${name}`,
  needed: () => `1 ± ${UNIT_TOLERANCE}; L2-normalise the rows`,
  measure: (rows) => sqrt(sum(square(rows), -1)),
  holds: (length) => lessEqual(abs(sub(length, 1)), UNIT_TOLERANCE),
};

/** 0 and 1, as float32. */
export const flags: Kind = {
  ...asFloat,
  needed: () => '0 or 1',
  holds: (value) => logicalOr(equal(value, 0), equal(value, 1)),
};

/** 0 and 1. */
export const mask: Kind = { ...flags, dtypes: ['float32', 'int32', 'bool'] };

const bounded = (bound: string, within?: (value: Tensor, least: number) => Tensor): Kind => ({
  ...asFloat,
  needed: () => `a finite number${bound}`,
  holds: (value) => {
    const finiteValue = lessEqual(abs(value), LARGEST_FLOAT32);
    return within ? logicalAnd(finiteValue, within(value, 0)) : finiteValue;
  },
});

/** Finite numbers. */
export const finite = bounded('');

/** Finite numbers above 0. */
export const positive = bounded(' above 0', greater);

/** Finite numbers of 0 or above. */
export const notNegative = bounded(' of 0 or above', greaterEqual);

/** Whole numbers, any. */
export const integers: Kind = { ...finite, dtypes: ['int32'] };

/** Row numbers of a tensor that has as many rows as the letter stands for. */
export const idsBelow = (letter: string): Kind => ({
  ...integers,
  needed: (sizes) => `an id from 0 to ${sizes[letter]! - 1}`,
  holds: (id, sizes) => logicalAnd(greaterEqual(id, 0), less(id, sizes[letter]!)),
});

/** Flags that are 1 at every id. */
export const livingAt = (ids: Tensor, name: string): Kind => ({
  ...asFloat,
  measured: () => `alive at ${name}`,
  needed: () => '1: a prototype that was dropped is nobody’s',
  measure: (alive) => gather(alive, clipByValue(ids, 0, alive.size - 1)),
  holds: (value) => equal(value, 1),
});
