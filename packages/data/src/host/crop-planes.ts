import type { Interpolation, Size } from '../transforms/host-step.js';
import { type Resampling, resampling } from '../transforms/resampling-taps.js';
import { PIXELS } from './kernels/sum-pixels.js';
import { aligned, type Bytes, type Planes } from './planes.js';
import type { Workspace } from './workspace.js';

/** What to cut out, and how to resize it. */
export interface Cut {
  /** Top, left, height, width in pixels. */
  readonly box: readonly [top: number, left: number, height: number, width: number];
  readonly size: Size;
  readonly flip: boolean;
  readonly interpolation: Interpolation;
  readonly antialias: boolean;
}

/** A {@link Cut} with what follows from it; `scratch` is how many bytes it takes beside source and target. */
export interface CropPlan extends Cut {
  readonly rows: Resampling;
  readonly columns: Resampling;
  readonly scratch: number;
}

/** Prepares a crop out of `source`. */
export function planCrop(source: Planes | Bytes, cut: Cut): CropPlan {
  const [, , height, width] = cut.box;
  const rows = resampling(height, cut.size[0], cut.interpolation, cut.antialias);
  const columns = resampling(width, cut.size[1], cut.interpolation, cut.antialias);
  const row = 4 * width * source.channels + 64;
  return { ...cut, rows, columns, scratch: tableBytes(columns, cut.size[1]) + aligned(8 * rows.most) + row };
}

const tableBytes = (columns: Resampling, width: number) => 4 * (columns.most + 1) * aligned(width, PIXELS);

/**
 * Cuts a box out of an image and resizes it into `target`; bytes become numbers from 0 to 1.
 *
 * Row by row, so that what is made of the rows above one another is still in the cache when its pixels are put together.
 */
export function cropPlanes(space: Workspace, source: Planes | Bytes, target: Planes, plan: CropPlan, scratch: number) {
  const { kernels, ints, floats } = space;
  const { box, size, flip, rows, columns } = plan;
  const [top, left, , width] = box;
  const asBytes = source.stride === null;
  // Bytes that are not mixed are divided afterwards, so that they become exactly byte / 255.
  const mixed = box[2] !== size[0] || width !== size[1];
  const most = asBytes && mixed ? 255 : 1;
  // Bytes are resized with all channels at once, planes one after the other.
  const together = asBytes ? source.channels : 1;
  const elementBytes = asBytes ? 1 : 4;
  const pitch = source.width * together * elementBytes;
  const from = source.at + top * pitch + left * together * elementBytes;
  const sumRows = asBytes ? kernels.sumRowsOfBytes : kernels.sumRowsOfFloats;
  const sumPixels = [kernels.sumPixels1, kernels.sumPixels2, kernels.sumPixels3, kernels.sumPixels4] as const;

  const table = scratch;
  const rowTaps = table + tableBytes(columns, size[1]);
  const row = rowTaps + aligned(8 * rows.most);
  fillTable(space, table, columns, { pixels: width, pixelBytes: 4 * together, to: size[1], flip });
  for (let y = 0; y < size[0]; y++) {
    const { first, count, weights } = rows.at(y);
    for (let tap = 0; tap < count; tap++) {
      ints[rowTaps / 4 + 2 * tap] = (first + tap) * pitch;
      floats[rowTaps / 4 + 2 * tap + 1] = weights[tap]! / most;
    }
    for (let channel = 0; channel < source.channels; channel += together) {
      sumRows(from + channel * (source.stride ?? 0), rowTaps, count, row, width * together);
      for (let group = 0; group < together; group += 4) {
        const lanes = Math.min(4, together - group);
        const to = target.at + (channel + group) * target.stride + 4 * y * size[1];
        sumPixels[lanes - 1]!(row + 4 * group, table, columns.most, 4 * together, to, target.stride, size[1]);
      }
    }
  }
  if (asBytes && !mixed) kernels.normalize(target.at, target.stride * target.channels, 0, 0, 255);
}

/** The table of `sumPixels`, with equally many taps for all; pixels behind the last are made like the first. */
function fillTable(
  { ints, floats }: Workspace,
  table: number,
  columns: Resampling,
  { pixels, pixelBytes, to, flip }: { pixels: number; pixelBytes: number; to: number; flip: boolean },
): void {
  const { most } = columns;
  for (let x = 0; x < aligned(to, PIXELS); x++) {
    const target = x < to ? x : 0;
    const { first, count, weights } = columns.at(flip ? to - 1 - target : target);
    const start = Math.min(first, pixels - most); // weights that are missing are 0, on pixels that are there
    const place = x % PIXELS;
    const entry = table / 4 + (x - place) * (most + 1) + place;
    ints[entry] = start * pixelBytes;
    for (let tap = 0; tap < most; tap++) {
      const weight = start + tap - first;
      floats[entry + PIXELS * (tap + 1)] = weight >= 0 && weight < count ? weights[weight]! : 0;
    }
  }
}

/** Cuts a box out of planes as it is. */
export function copyPlanes({ floats }: Workspace, source: Planes, target: Planes, { box, flip }: Cut): void {
  const [top, left, height, width] = box;
  for (let channel = 0; channel < source.channels; channel++) {
    for (let y = 0; y < height; y++) {
      const from = (source.at + channel * source.stride) / 4 + (top + y) * source.width + left;
      const to = (target.at + channel * target.stride) / 4 + y * width;
      floats.copyWithin(to, from, from + width);
      if (flip) floats.subarray(to, to + width).reverse();
    }
  }
}
