import { count, f32x4, functionOf, i32, increase } from '@hcsc/simd';

/**
 * Makes a row of `width` pixels of weighted sums of pixels of another row, for `lanes` channels (1 to 4).
 *
 * The row is float32, its pixels `pixelBytes` apart; each plane of the result is `stride` bytes after the one before. The
 * table holds, for each pixel, the offset of its first tap in bytes and `taps` weights. Up to 3 numbers behind the last
 * pixel are read.
 */
export const sumPixels = (lanes: number) =>
  functionOf({
    parameters: ['row', 'table', 'taps', 'pixelBytes', 'target', 'stride', 'width'],
    body: (p, { local, locals }) => {
      const [column, taken, pixel] = [local(), local(), local()];
      const sum = local('v128');
      const planes = [p.target, ...locals(lanes - 1)];
      const addTap = [
        sum.set(f32x4.add(sum.get, f32x4.mul(f32x4.load(pixel.get), f32x4.loadSplat(p.table.get)))),
        increase(pixel, p.pixelBytes.get),
        increase(p.table, i32.const(4)),
      ];
      return [
        planes.slice(1).map((plane, i) => plane.set(i32.add(planes[i]!.get, p.stride.get))),
        count(column, p.width.get, 1, [
          pixel.set(i32.add(p.row.get, i32.load(p.table.get))),
          increase(p.table, i32.const(4)),
          sum.set(f32x4.zero),
          count(taken, p.taps.get, 1, addTap),
          planes.map((plane, lane) => [f32x4.storeLane(plane.get, sum.get, lane), increase(plane, i32.const(4))]),
        ]),
      ];
    },
  });
