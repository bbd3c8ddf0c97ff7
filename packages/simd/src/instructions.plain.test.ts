import { describe, expect, it } from 'vitest';
import { assemble, functionOf } from './assemble.js';
import { type Code, f32x4, f64x2, i16x8, i32, i32x4 } from './instructions.js';

/** Runs `body` on a memory that starts with two times four floats, `factor` being 0.5; the memory then. */
function run(first: number[], second: number[], body: (a: Code, b: Code, factor: Code) => Code): ArrayBuffer {
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Float32Array(memory.buffer).set([...first, ...second]);
  const source = functionOf({
    parameters: ['at', 'factor'],
    floats: ['factor'],
    body: ({ at, factor }) => body(f32x4.load(at.get), f32x4.load(at.get, 16), factor.get),
  });
  const module = new WebAssembly.Module(assemble({ source }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports.source as (...values: number[]) => void)(0, 0.5);
  return memory.buffer as ArrayBuffer;
}

const RESULT = 32;
const lanes = (first: number[], second: number[], formula: (a: Code, b: Code, factor: Code) => Code) =>
  Array.from(
    new Float32Array(
      run(first, second, (...values) => f32x4.store(i32.const(RESULT), formula(...values))),
      RESULT,
      4,
    ),
  );

describe('four numbers at a time', () => {
  const a = [1, -2.5, 3.5, 0.25];
  const b = [2, -2.5, -1, 4];
  const each = (formula: (x: number, y: number) => number) => a.map((x, i) => formula(x, b[i]!));

  it('calculates', () => {
    expect(lanes(a, b, f32x4.div)).toEqual(each((x, y) => x / y));
    expect(lanes(a, b, f32x4.abs)).toEqual(each(Math.abs));
    expect(lanes(a, b, f32x4.min)).toEqual(each(Math.min));
    expect(lanes(a, b, f32x4.max)).toEqual(each(Math.max));
    expect(lanes([0.5, 1.5, -0.5, -2.6], b, f32x4.nearest)).toEqual([0, 2, -0, -3]);
  });

  it('keeps the first of two where one is no number', () => {
    const none = [Number.NaN, 1, Number.NaN, 0];
    const other = [1, Number.NaN, Number.NaN, 0];
    expect(lanes(none, other, f32x4.min)).toEqual([Number.NaN, 1, Number.NaN, 0]);
    expect(lanes(none, other, f32x4.max)).toEqual([Number.NaN, 1, Number.NaN, 0]);
  });

  it('chooses by comparison', () => {
    const choice = (compare: (x: Code, y: Code) => Code) =>
      lanes(a, b, (x, y) => f32x4.select(compare(x, y), f32x4.const(1.5), f32x4.const(-7)));
    expect(choice(f32x4.above)).toEqual([-7, -7, 1.5, -7]);
    expect(choice(f32x4.atLeast)).toEqual([-7, 1.5, 1.5, -7]);
    expect(choice(f32x4.equal)).toEqual([-7, 1.5, -7, -7]);
  });

  it('shuffles', () => {
    expect(lanes(a, [5, 6, 7, 8], (x, y) => f32x4.shuffle(x, y, [7, 0, 4, 2]))).toEqual([8, 1, 5, 3.5]);
  });

  it('takes parameters that are floats', () => {
    expect(lanes(a, b, (x, _, factor) => f32x4.mul(x, f32x4.splat(factor)))).toEqual(a.map((x) => x / 2));
  });

  it('converts bytes to numbers', () => {
    const bytes = i16x8.loadBytes(i32.const(4));
    const buffer = run(a, [0.1, 0.2, 0.3, 1e30], () => [
      f32x4.store(i32.const(RESULT), f32x4.loadBytes(i32.const(0), 16)),
      f32x4.store(i32.const(RESULT), f32x4.fromInts(i32x4.fromLow(bytes)), 16),
      f32x4.store(i32.const(RESULT), f32x4.fromInts(i32x4.fromHigh(bytes)), 32),
    ]);
    const given = [...new Uint8Array(buffer, 16, 4), ...new Uint8Array(buffer, 4, 8)];
    expect(Array.from(new Float32Array(buffer, RESULT, 12))).toEqual(given);
    expect(given).toContain(0xcd); // above 127
  });

  it('converts numbers to bytes, which it stores one by one', () => {
    const ints = (lane: number) => (value: Code) =>
      i32x4.storeByte(i32.const(RESULT), i32x4.fromFloats(value), lane, 2 * lane);
    const stored = run([0.9, 254.99, 7, 255], [], (value) => [0, 1, 2, 3].map((lane) => ints(lane)(value)));
    expect(Array.from(new Uint8Array(stored, RESULT, 8))).toEqual([0, 0, 254, 0, 7, 0, 255, 0]);
  });

  it('adds in 64 bits', () => {
    const first = [2 ** 24, 1, 2 ** -40, 3];
    const buffer = run(first, [1, 2 ** -30, 1, 2 ** 24], (x, y) => [
      f64x2.store(i32.const(RESULT), f64x2.add(f64x2.fromLow(x), f64x2.fromLow(y))),
      f64x2.store(i32.const(RESULT), f64x2.add(f64x2.fromHigh(x), f64x2.fromHigh(y)), 16),
      f64x2.store(i32.const(RESULT), f64x2.load(i32.const(RESULT), 16), 32),
    ]);
    const high = [1 + 2 ** -40, 3 + 2 ** 24];
    expect(Array.from(new Float64Array(buffer, RESULT, 6))).toEqual([2 ** 24 + 1, 1 + 2 ** -30, ...high, ...high]);
  });

  it('multiplies and moves numbers of 64 bits', () => {
    const first = [2 ** 24 + 2, -0.1, 7, 2 ** -30];
    const buffer = run(first, [], () => {
      const product = f64x2.mul(f64x2.loadFloats(i32.const(0)), f64x2.loadFloats(i32.const(0), 4));
      return [
        f64x2.store(i32.const(RESULT), product),
        f64x2.store(i32.const(RESULT), f64x2.swap(product), 16),
        [0, 1].map((lane) => f64x2.storeLane(i32.const(RESULT), product, lane, 32 + 16 * lane)),
      ];
    });
    const [a, b, c] = Float32Array.from(first);
    const products = [a! * b!, b! * c!];
    expect(Math.fround(products[0]!)).not.toBe(products[0]);
    expect(Array.from(new Float64Array(buffer, RESULT, 4))).toEqual([...products, ...products.toReversed()]);
    expect(Array.from(new Float64Array(buffer, RESULT + 32, 4))).toEqual([products[0], 0, products[1], 0]);
  });
});
