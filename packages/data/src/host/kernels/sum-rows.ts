import { type Code, count, f32x4, functionOf, i16x8, i32, i32x4, increase, type Local, repeat } from '@hcsc/simd';

/** Numbers that lie side by side: how wide they are, and how to do something with each four of `vectors` times four. */
interface Elements {
  readonly bytes: number;
  each(address: Code, vectors: number, spare: Local, visit: (vector: number, value: Code) => Code): Code;
}

const indices = (length: number) => Array.from({ length }, (_, i) => i);

const floats: Elements = {
  bytes: 4,
  each: (address, vectors, _, visit) => indices(vectors).map((v) => visit(v, f32x4.load(address, 16 * v))),
};

const bytes: Elements = {
  bytes: 1,
  each: (address, vectors, eight, visit) =>
    vectors === 1
      ? visit(0, f32x4.loadBytes(address))
      : indices(vectors / 2).map((half) => [
          eight.set(i16x8.loadBytes(address, 8 * half)),
          visit(2 * half, f32x4.fromInts(i32x4.fromLow(eight.get))),
          visit(2 * half + 1, f32x4.fromInts(i32x4.fromHigh(eight.get))),
        ]),
};

/**
 * A weighted sum of rows, as float32: of `count` taps of 8 bytes each, the offset from `from` in bytes and the weight.
 *
 * Rows are `length` numbers; up to 3 more are read, and up to 3 more written.
 */
const sumRows = (elements: Elements) =>
  functionOf({
    parameters: ['from', 'taps', 'count', 'target', 'length'],
    body: (p, { local, locals }) => {
      const [tap, taken, address] = [local(), local(), local()];
      const [weight, spare] = [local('v128'), local('v128')];
      const inSteps = (vectors: number) => {
        const sums = locals(vectors, 'v128');
        const addTap = [
          address.set(i32.add(p.from.get, i32.load(tap.get))),
          weight.set(f32x4.loadSplat(tap.get, 4)),
          elements.each(address.get, vectors, spare, (v, value) =>
            sums[v]!.set(f32x4.add(sums[v]!.get, f32x4.mul(value, weight.get))),
          ),
          increase(tap, i32.const(8)),
        ];
        const least = vectors === 1 ? 1 : 4 * vectors;
        return repeat(i32.less(i32.const(least - 1), p.length.get), [
          sums.map((sum) => sum.set(f32x4.zero)),
          tap.set(p.taps.get),
          count(taken, p.count.get, 1, addTap),
          sums.map((sum, v) => f32x4.store(p.target.get, sum.get, 16 * v)),
          increase(p.from, i32.const(4 * vectors * elements.bytes)),
          increase(p.target, i32.const(16 * vectors)),
          increase(p.length, i32.const(-4 * vectors)),
        ]);
      };
      return [inSteps(4), inSteps(1)];
    },
  });

/** {@link sumRows} over rows of float32. */
export const sumRowsOfFloats = sumRows(floats);
/** {@link sumRows} over rows of bytes. */
export const sumRowsOfBytes = sumRows(bytes);
