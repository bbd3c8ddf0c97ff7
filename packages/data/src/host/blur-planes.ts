import { gaussianTaps } from '../transforms/gaussian-blur.js';
import { aligned, type Planes } from './planes.js';
import type { Workspace } from './workspace.js';

/** Taps below this share change nothing that float32 could hold, or hardly. */
const NEGLIGIBLE = 1e-8;

/** The weights of a Gaussian to one side, from the middle on, as far as they matter. */
export function gaussianSide(sigma: number, kernel: number): Float64Array {
  const radius = (kernel - 1) / 2;
  const side = gaussianTaps(sigma, radius).subarray(radius);
  const end = side.findIndex((weight) => weight < NEGLIGIBLE);
  return end === -1 ? side : side.subarray(0, end);
}

/** How many bytes {@link blurPlanes} takes beside source and target. */
export const blurScratch = ({ width }: Planes, side: Float64Array): number =>
  2 * tapBytes(side) + aligned(4 * (width + 2 * (side.length - 1)) + 64);

const tapBytes = (side: Float64Array) => aligned(8 * (2 * side.length - 1));

/** Blurs by weights to both sides (`side` is one of them with the middle), with mirrored edges; radius below the sides. */
export function blurPlanes(space: Workspace, source: Planes, target: Planes, side: Float64Array, scratch: number) {
  const { kernels, ints, floats } = space;
  const { height, width, channels } = source;
  const radius = side.length - 1;
  const taps = 2 * radius + 1;
  const [down, across] = [scratch, scratch + tapBytes(side)];
  const row = across + tapBytes(side);
  for (let tap = 0; tap < taps; tap++) {
    const weight = side[Math.abs(tap - radius)]!;
    floats[down / 4 + 2 * tap + 1] = weight;
    floats[across / 4 + 2 * tap + 1] = weight;
    ints[across / 4 + 2 * tap] = 4 * tap;
  }
  const [start, last] = [row / 4 + radius, row / 4 + radius + width - 1];
  for (let channel = 0; channel < channels; channel++) {
    const from = source.at + channel * source.stride;
    const to = target.at + channel * target.stride;
    for (let y = 0; y < height; y++) {
      for (let tap = 0; tap < taps; tap++) {
        const above = Math.abs(y + tap - radius);
        ints[down / 4 + 2 * tap] = 4 * width * (above < height ? above : 2 * (height - 1) - above);
      }
      kernels.sumRowsOfFloats(from, down, taps, 4 * start, width);
      for (let i = 1; i <= radius; i++) {
        floats[start - i] = floats[start + i]!;
        floats[last + i] = floats[last - i]!;
      }
      // What is written too much at the end of a row is written again with the next.
      kernels.sumRowsOfFloats(row, across, taps, to + 4 * y * width, width);
    }
  }
}
