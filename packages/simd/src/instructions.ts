/** WebAssembly instructions in their binary form; lists within lists are one sequence. */
export type Code = number | readonly Code[];

/** Types of variables. */
export type ValueType = 'i32' | 'f32' | 'v128';

/** A parameter or a variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** A whole number below 2³² in LEB128. */
export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** A whole number from −2³¹ to 2³¹ − 1 in LEB128. */
function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

const binary =
  (opcode: Code) =>
  (a: Code, b: Code): Code => [a, b, opcode];
const unary =
  (opcode: Code) =>
  (a: Code): Code => [a, opcode];
const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
/** Aligned to 4 bytes, at `offset` bytes after the address. */
const at = (offset: number): Code => [2, unsigned(offset)];
const atByte = (offset: number): Code => [0, unsigned(offset)];
const shuffle = (a: Code, b: Code, bytes: readonly number[]): Code => [a, b, simd(0x0d), bytes];
const float32 = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];

/** Whole numbers of 32 bits: pointers and counts. */
export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  equal: binary(0x46),
  less: binary(0x48),
  load: (address: Code, offset = 0): Code => [address, 0x28, at(offset)],
};

/** What numbers of 32 bits can do, one or four at a time. */
export interface Lanes {
  readonly type: ValueType;
  readonly bytes: number;
  readonly zero: Code;
  load(address: Code, offset?: number): Code;
  store(address: Code, value: Code, offset?: number): Code;
  add(a: Code, b: Code): Code;
  sub(a: Code, b: Code): Code;
  mul(a: Code, b: Code): Code;
}

/** One number. */
export const f32: Lanes = {
  type: 'f32',
  bytes: 4,
  zero: [0x43, 0, 0, 0, 0],
  load: (address, offset = 0) => [address, 0x2a, at(offset)],
  store: (address, value, offset = 0) => [address, value, 0x38, at(offset)],
  add: binary(0x92),
  sub: binary(0x93),
  mul: binary(0x94),
};

/** Four numbers. */
export const f32x4 = {
  type: 'v128',
  bytes: 16,
  zero: [simd(0x0c), new Array<number>(16).fill(0)],
  load: (address, offset = 0) => [address, simd(0x00), at(offset)],
  store: (address, value, offset = 0) => [address, value, simd(0x0b), at(offset)],
  add: binary(simd(0xe4)),
  sub: binary(simd(0xe5)),
  mul: binary(simd(0xe6)),
  div: binary(simd(0xe7)),
  abs: unary(simd(0xe0)),
  /** b where it is below a, else a. */
  min: binary(simd(0xea)),
  /** b where it is above a, else a. */
  max: binary(simd(0xeb)),
  /** The nearest whole number, the even one of two. */
  nearest: unary(simd(0x6a)),
  /** Of whole numbers of 32 bits with a sign. */
  fromInts: unary(simd(0xfa)),
  /** Four bytes, 0 to 255. */
  loadBytes: (address: Code, offset = 0): Code => [
    f32x4.fromInts([[address, simd(0x5c), at(offset)], simd(0x89), simd(0xa9)]),
  ],
  /** A constant in all four places. */
  const: (value: number): Code => [simd(0x0c), Array.from({ length: 4 }, () => float32(value))],
  /** A number of type f32 in all four places. */
  splat: unary(simd(0x13)),
  /** One number in all four places. */
  loadSplat: (address: Code, offset = 0): Code => [address, simd(0x09), at(offset)],
  storeLane: (address: Code, value: Code, lane: number, offset = 0): Code => [
    address,
    value,
    simd(0x5a),
    at(offset),
    lane,
  ],
  /** All bits set where a is above b. */
  above: binary(simd(0x44)),
  /** All bits set where a is at least b. */
  atLeast: binary(simd(0x46)),
  /** All bits set where a is b. */
  equal: binary(simd(0x41)),
  and: binary(simd(0x4e)),
  /** a where the bits of the mask are set, else b. */
  select: (mask: Code, a: Code, b: Code): Code => [a, b, mask, simd(0x52)],
  /** Four of eight: places 0 to 3 are those of a, 4 to 7 those of b. */
  shuffle: (a: Code, b: Code, places: readonly [number, number, number, number]): Code =>
    shuffle(
      a,
      b,
      places.flatMap((place) => [0, 1, 2, 3].map((byte) => 4 * place + byte)),
    ),
} as const satisfies Lanes & Record<string, unknown>;

/** Two numbers of 64 bits. */
export const f64x2 = {
  load: (address: Code, offset = 0): Code => [address, simd(0x00), at(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, simd(0x0b), at(offset)],
  add: binary(simd(0xf0)),
  mul: binary(simd(0xf2)),
  /** The first two of four numbers of 32 bits. */
  fromLow: unary(simd(0x5f)),
  /** The last two of them. */
  fromHigh: (a: Code): Code => f64x2.fromLow(f32x4.shuffle(a, f32x4.zero, [2, 3, 4, 5])),
  /** Two numbers of 32 bits. */
  loadFloats: (address: Code, offset = 0): Code => f64x2.fromLow([address, simd(0x5d), at(offset)]),
  /** The two in the other order. */
  swap: (a: Code): Code => shuffle(a, f32x4.zero, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]),
  /** One of the two. */
  storeLane: (address: Code, value: Code, lane: number, offset = 0): Code => [
    address,
    value,
    simd(0x5b),
    at(offset),
    lane,
  ],
};

/** Eight whole numbers of 16 bits. */
export const i16x8 = {
  /** Eight bytes, 0 to 255. */
  loadBytes: (address: Code, offset = 0): Code => [address, simd(0x02), at(offset)],
};

/** Four whole numbers of 32 bits. */
export const i32x4 = {
  /** The first four of eight numbers of 16 bits, without a sign. */
  fromLow: unary(simd(0xa9)),
  /** The last four of them. */
  fromHigh: unary(simd(0xaa)),
  /** Of floats, towards zero; the nearest there is beyond the range, 0 for NaN. */
  fromFloats: unary(simd(0xf8)),
  /** The lowest byte of one of the four. */
  storeByte: (address: Code, value: Code, lane: number, offset = 0): Code => [
    address,
    value,
    simd(0x58),
    atByte(offset),
    4 * lane,
  ],
};

/** Adds to a variable. */
export const increase = (local: Local, by: Code): Code => local.set(i32.add(local.get, by));

/** Runs `then` if a condition is not 0, `otherwise` if it is. */
export function when(condition: Code, then: Code, otherwise: Code = []): Code {
  return [condition, 0x04, 0x40, then, 0x05, otherwise, 0x0b];
}

/** Does `body` while `condition` holds. */
export function repeat(condition: Code, body: Code): Code {
  return when(condition, [0x03, 0x40, body, condition, 0x0d, 0, 0x0b]);
}

/** Does `body` with `counter` from 0 to below `end` in steps of `step`. */
export function count(counter: Local, end: Code, step: number, body: Code): Code {
  return [counter.set(i32.const(0)), repeat(i32.less(counter.get, end), [body, increase(counter, i32.const(step))])];
}
