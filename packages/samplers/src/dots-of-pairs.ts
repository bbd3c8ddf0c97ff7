import { type Code, count, f32x4, f64x2, functionOf, i32, increase } from '@hcsc/simd';

/** Numbers of a row are taken so many at a time. */
export const ROW_STEP = 8;

/**
 * Inner products of `pairs` pairs of rows in float64: the addresses of the two, 4 bytes each, one pair after the other, are at
 * `from`; products go to `target`. Rows have `bytes` bytes, whole steps of numbers.
 *
 * The products of places 0, 4, 8, … are added up in one sum, those of 1, 5, 9, … in the next, and so on; then the four sums, one after
 * the other: as `cosine` of mining features does, to the same bits.
 */
export const dotsOfPairs = functionOf({
  parameters: ['from', 'pairs', 'bytes', 'target'],
  body: ({ from, pairs, bytes, target }, { local, locals }) => {
    const [pair, at, first, second] = [local(), local(), local(), local()];
    const [low, high] = locals(2, 'v128');
    const product = (offset: number): Code =>
      f64x2.mul(
        f64x2.loadFloats(i32.add(first!.get, at!.get), offset),
        f64x2.loadFloats(i32.add(second!.get, at!.get), offset),
      );
    return count(pair!, pairs.get, 1, [
      first!.set(i32.load(from.get)),
      second!.set(i32.load(from.get, 4)),
      [low!, high!].map((sum) => sum.set(f32x4.zero)),
      count(at!, bytes.get, 4 * ROW_STEP, [
        low!.set(f64x2.add(low!.get, product(0))),
        high!.set(f64x2.add(high!.get, product(8))),
        low!.set(f64x2.add(low!.get, product(16))),
        high!.set(f64x2.add(high!.get, product(24))),
      ]),
      low!.set(f64x2.add(low!.get, f64x2.swap(low!.get))),
      low!.set(f64x2.add(f64x2.add(low!.get, high!.get), f64x2.swap(high!.get))),
      f64x2.storeLane(target.get, low!.get, 0),
      increase(from, i32.const(8)),
      increase(target, i32.const(8)),
    ]);
  },
});
