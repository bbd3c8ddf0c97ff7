import { type Code, count, f32x4, functionOf, i32, increase, type Local } from '@hcsc/simd';

const ROWS = 4;
const COLUMNS = 8;

/**
 * Adds, over pixels, the products of each channel of x with each channel of dy to a matrix `[channels of x, of dy]`:
 * the gradient of one place of a filter. 4 by 8 sums stay in registers.
 *
 * Channels are multiples of 4 for x, of 8 for dy; they are given, as the steps from a pixel to the next, in bytes. Jumps
 * are added after each row of `width` pixels.
 */
export const filterGradient = functionOf({
  parameters: [
    ...(['x', 'dy', 'dw', 'height', 'width', 'channels', 'outChannels'] as const),
    ...(['pixelStep', 'rowJump', 'outPixelStep', 'outRowJump'] as const),
  ],
  body: (p, { local, locals }) => {
    const [channel, outChannel, row, column] = [local(), local(), local(), local()];
    const [a, b, tile, at] = [local(), local(), local(), local()];
    const sums = Array.from({ length: ROWS }, () => locals(COLUMNS / 4, 'v128'));
    const right = locals(COLUMNS / 4, 'v128');
    const value = local('v128');

    const eachSum = (visit: (sum: Local, offset: number) => Code): Code => [
      at.set(tile.get),
      sums.map((vectors) => [vectors.map((sum, v) => visit(sum, 16 * v)), increase(at, p.outChannels.get)]),
    ];
    const multiplyAndAdd = [
      right.map((vector, v) => vector.set(f32x4.load(b.get, 16 * v))),
      sums.map((vectors, i) => [
        value.set(f32x4.loadSplat(a.get, 4 * i)),
        vectors.map((sum, v) => sum.set(f32x4.add(sum.get, f32x4.mul(value.get, right[v]!.get)))),
      ]),
      increase(a, p.pixelStep.get),
      increase(b, p.outPixelStep.get),
    ];
    return count(channel, p.channels.get, 4 * ROWS, [
      count(outChannel, p.outChannels.get, 4 * COLUMNS, [
        tile.set(i32.add(p.dw.get, outChannel.get)),
        eachSum((sum, offset) => sum.set(f32x4.load(at.get, offset))),
        a.set(i32.add(p.x.get, channel.get)),
        b.set(i32.add(p.dy.get, outChannel.get)),
        count(row, p.height.get, 1, [
          count(column, p.width.get, 1, multiplyAndAdd),
          increase(a, p.rowJump.get),
          increase(b, p.outRowJump.get),
        ]),
        eachSum((sum, offset) => f32x4.store(at.get, sum.get, offset)),
      ]),
      increase(p.dw, i32.mul(p.outChannels.get, i32.const(ROWS))),
    ]);
  },
});
