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
const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
/** Aligned to 4 bytes, at `offset` bytes after the address. */
const at = (offset: number): Code => [2, unsigned(offset)];

export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  equal: binary(0x46),
  less: binary(0x48),
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
  and: binary(simd(0x4e)),
} as const satisfies Lanes & Record<string, unknown>;

/** Adds to a variable. */
export const increase = (local: Local, by: Code): Code => local.set(i32.add(local.get, by));

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
