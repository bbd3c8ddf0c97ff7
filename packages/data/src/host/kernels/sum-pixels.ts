import { type Code, count, f32x4, functionOf, i32, increase } from '@hcsc/simd';

/** How many pixels are made at a time. */
export const PIXELS = 4;

/**
 * Makes a row of `width` pixels of weighted sums of pixels of another row, for `lanes` channels (1 to 4).
 *
 * The row is float32, its pixels `pixelBytes` apart; each plane of the result is `stride` bytes after the one before. The
 * table holds, for each four pixels, the offsets of their first taps in bytes, and then `taps` times four weights. Up to 3
 * numbers behind the last pixel are read, and up to 3 written.
 */
export const sumPixels = (lanes: number) =>
  functionOf({
    parameters: ['row', 'table', 'taps', 'pixelBytes', 'target', 'stride', 'width'],
    body: (p, { local, locals }) => {
      const [column, taken] = [local(), local()];
      const pixels = locals(PIXELS);
      const sums = locals(PIXELS, 'v128');
      const planes = [p.target, ...locals(lanes - 1)];
      const addTaps = [
        sums.map((sum, i) => {
          const product = f32x4.mul(f32x4.load(pixels[i]!.get), f32x4.loadSplat(p.table.get, 4 * i));
          return sum.set(f32x4.add(sum.get, product));
        }),
        pixels.map((pixel) => increase(pixel, p.pixelBytes.get)),
        increase(p.table, i32.const(4 * PIXELS)),
      ];
      return [
        planes.slice(1).map((plane, i) => plane.set(i32.add(planes[i]!.get, p.stride.get))),
        count(column, p.width.get, PIXELS, [
          pixels.map((pixel, i) => pixel.set(i32.add(p.row.get, i32.load(p.table.get, 4 * i)))),
          increase(p.table, i32.const(4 * PIXELS)),
          sums.map((sum) => sum.set(f32x4.zero)),
          count(taken, p.taps.get, 1, addTaps),
          planes.map((plane, lane) => [
            f32x4.store(plane.get, laneOf(lane, ...(sums.map(({ get }) => get) as Four))),
            increase(plane, i32.const(4 * PIXELS)),
          ]),
        ]),
      ];
    },
  });

type Four = [Code, Code, Code, Code];

/** One lane of each of four vectors. */
function laneOf(lane: number, ...[a, b, c, d]: Four): Code {
  const pair = lane < 2 ? ([0, 4, 1, 5] as const) : ([2, 6, 3, 7] as const);
  const both = lane % 2 === 0 ? ([0, 1, 4, 5] as const) : ([2, 3, 6, 7] as const);
  return f32x4.shuffle(f32x4.shuffle(a, b, pair), f32x4.shuffle(c, d, pair), both);
}
