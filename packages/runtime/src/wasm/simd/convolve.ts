import { count, f32x4, functionOf, i32, increase, repeat, when } from '@hcsc/simd';

const PIXELS = 4;
const CHANNELS = 8;

/**
 * A convolution for 8 channels of its output: of 4 pixels at a time, 32 sums stay in registers.
 *
 * The input is padded already. The filter is a panel `[filterHeight, run, 8]`, `run` being the width of the filter times
 * the channels of the input, which lie side by side in the input too. `columns` of the 8 are stored. Steps are in bytes,
 * from a pixel to the next; jumps are added after the last pixel of a row, and after the last of an image.
 */
export const convolve = functionOf({
  parameters: [
    ...(['x', 'panel', 'y', 'pixels', 'outHeight', 'outWidth', 'filterHeight', 'run', 'columns', 'filterRow'] as const),
    ...(['pixelStep', 'rowJump', 'imageJump', 'outPixelStep', 'outRowJump', 'outImageJump'] as const),
  ],
  body: (p, { local, locals }) => {
    const [taken, column, row, filterRow, k, weights] = [local(), local(), local(), local(), local(), local()];
    const [from, to, at] = [locals(PIXELS), locals(PIXELS), locals(PIXELS)];
    const sums = from.map(() => locals(CHANNELS / 4, 'v128'));
    const right = locals(CHANNELS / 4, 'v128');
    const value = local('v128');
    const one = i32.const(1);

    const advance = [
      increase(p.x, p.pixelStep.get),
      increase(p.y, p.outPixelStep.get),
      increase(column, one),
      when(i32.equal(column.get, p.outWidth.get), [
        column.set(i32.const(0)),
        increase(p.x, p.rowJump.get),
        increase(p.y, p.outRowJump.get),
        increase(row, one),
        when(i32.equal(row.get, p.outHeight.get), [
          row.set(i32.const(0)),
          increase(p.x, p.imageJump.get),
          increase(p.y, p.outImageJump.get),
        ]),
      ]),
    ];
    // Past the last pixel the last one is computed again.
    const takePixels = from.map((pointer, i) => [
      pointer.set(p.x.get),
      to[i]!.set(p.y.get),
      increase(taken, one),
      when(i32.less(taken.get, p.pixels.get), advance),
    ]);
    const multiplyAndAdd = [
      right.map((vector, v) => vector.set(f32x4.load(weights.get, 16 * v))),
      sums.map((vectors, i) => [
        value.set(f32x4.loadSplat(at[i]!.get)),
        vectors.map((sum, v) => sum.set(f32x4.add(sum.get, f32x4.mul(value.get, right[v]!.get)))),
      ]),
      at.map((pointer) => increase(pointer, i32.const(4))),
      increase(weights, i32.const(4 * CHANNELS)),
    ];
    const storeSome = to.map((pointer, i) =>
      Array.from({ length: CHANNELS }, (_, c) =>
        when(i32.less(i32.const(c), p.columns.get), f32x4.storeLane(pointer.get, sums[i]![c >> 2]!.get, c % 4, 4 * c)),
      ),
    );
    const storeAll = to.map((pointer, i) => sums[i]!.map((sum, v) => f32x4.store(pointer.get, sum.get, 16 * v)));

    return repeat(i32.less(taken.get, p.pixels.get), [
      takePixels,
      sums.flat().map((sum) => sum.set(f32x4.zero)),
      weights.set(p.panel.get),
      count(filterRow, p.filterHeight.get, 1, [
        at.map((pointer, i) => pointer.set(from[i]!.get)),
        count(k, p.run.get, 1, multiplyAndAdd),
        from.map((pointer) => increase(pointer, p.filterRow.get)),
      ]),
      when(i32.less(p.columns.get, i32.const(CHANNELS)), storeSome, storeAll),
    ]);
  },
});
