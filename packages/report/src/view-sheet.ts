import { encode } from 'fast-png';
import { displayScale, longestSide } from './display-scale.js';
import type { ReportImage } from './prototype-tree.js';
import { shrink } from './thumbnail.js';
import { checkViewRows, type ViewRow } from './view-row.js';

/** Options of {@link viewSheet}, all in pixels. */
export interface ViewSheetOptions {
  /** Smaller images are enlarged by a whole factor, as long as they stay within this. Default 128. */
  enlargeTo?: number;
  /** Larger images are shrunk to this. Default 256. */
  shrinkTo?: number;
  /** Between the cells, and around the sheet. Default 8. */
  gap?: number;
  /** After the originals. Default three times `gap`. */
  originalGap?: number;
}

/** A sheet of images, see {@link viewSheet}. */
export interface ViewSheet {
  /** The file's bytes. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The ground between the images, as light on black as on white ones. */
const GROUND = 222;

/** More than this is no picture to look at, and would take long to write. */
const MOST_PIXELS = 50_000_000;

/** An image as it will be on the sheet: each of its pixels a square of `factor` pixels. */
interface Cell {
  readonly image: ReportImage;
  readonly factor: number;
}

const largest = (sizes: readonly number[]) => sizes.reduce((most, size) => Math.max(most, size), 0);

const widthOf = ({ image, factor }: Cell) => image.width * factor;
const heightOf = ({ image, factor }: Cell) => image.height * factor;

function toCell(image: ReportImage, scale: number): Cell {
  if (scale >= 1) return { image, factor: scale };
  return { image: shrink(image, Math.max(1, Math.round(longestSide([image]) * scale))), factor: 1 };
}

/** Where each cell of a row or column starts, and where the last one ends. */
function offsets(sizes: readonly number[], gaps: (index: number) => number): { starts: number[]; end: number } {
  let end = 0;
  const starts = sizes.map((size, i) => {
    const start = end + gaps(i);
    end = start + size;
    return start;
  });
  return { starts, end };
}

/** Paints a cell with its corner at (left, top); one channel fills all, of four the first three are taken. */
function paint(sheet: Uint8Array, width: number, channels: number, cell: Cell, left: number, top: number): void {
  const { image, factor } = cell;
  const step = image.channels === 1 ? 0 : 1;
  for (let y = 0; y < heightOf(cell); y++) {
    const from = Math.floor(y / factor) * image.width;
    let to = ((top + y) * width + left) * channels;
    for (let x = 0; x < widthOf(cell); x++) {
      const pixel = (from + Math.floor(x / factor)) * image.channels;
      for (let channel = 0; channel < channels; channel++) sheet[to++] = image.data[pixel + channel * step]!;
    }
  }
}

/**
 * Puts images and their views on one sheet, a row an image: the original, a wider gap, and its views.
 *
 * Views share one scale, so that a small crop is seen to be small; every original has a scale of its own. Small images are
 * enlarged by a whole factor, each pixel to a square; large ones are shrunk, each new pixel the mean of those it covers.
 * The sheet is grey if all images have one channel, otherwise RGB; transparency is left out.
 *
 * @param rows at least one; every row with as many views as the first.
 * @returns the sheet as a PNG of 8 bits a channel.
 * @throws RangeError if there is no row, a row is without views or has another number of them, pixels do not fit an
 * image's size, an option is out of range, or the sheet would have more than 50 million pixels.
 *
 * @example
 * ```ts
 * const image = { width: 2, height: 1, channels: 1 as const, data: Uint8Array.of(0, 255) };
 * const mirrored = { ...image, data: Uint8Array.of(255, 0) };
 * const { png } = viewSheet([{ original: image, views: [image, mirrored] }]);
 * await writeFile('views.png', png);
 * ```
 */
export function viewSheet(
  rows: readonly ViewRow[],
  { enlargeTo = 128, shrinkTo = 256, gap = 8, originalGap = 3 * gap }: ViewSheetOptions = {},
): ViewSheet {
  if (rows.length === 0) throw new RangeError('A sheet needs at least one row of images, got none');
  checkViewRows(rows);
  for (const [name, value, least] of [
    ['enlargeTo', enlargeTo, 1],
    ['shrinkTo', shrinkTo, 1],
    ['gap', gap, 0],
    ['originalGap', originalGap, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`Cannot make a sheet with ${name} ${value}: give an integer of at least ${least}`);
    }
  }
  const scale = displayScale(longestSide(rows.flatMap(({ views }) => views)), enlargeTo, shrinkTo);
  const cells = rows.map(({ original, views }) => [
    toCell(original, displayScale(longestSide([original]), enlargeTo, shrinkTo)),
    ...views.map((view) => toCell(view, scale)),
  ]);
  const columns = cells[0]!.map((_, column) => largest(cells.map((row) => widthOf(row[column]!))));
  const lines = cells.map((row) => largest(row.map(heightOf)));
  const across = offsets(columns, (column) => (column === 1 ? originalGap : gap));
  const down = offsets(lines, () => gap);
  const [width, height] = [across.end + gap, down.end + gap];
  if (width * height > MOST_PIXELS) {
    throw new RangeError(
      `Cannot make a sheet of ${width} × ${height} pixels from ${rows.length} rows of ${columns.length} images: the most is ${MOST_PIXELS} pixels, give fewer rows or a smaller shrinkTo`,
    );
  }
  const channels = cells.flat().every(({ image }) => image.channels === 1) ? 1 : 3;
  const data = new Uint8Array(width * height * channels).fill(GROUND);
  cells.forEach((row, i) => {
    row.forEach((cell, j) => {
      const left = across.starts[j]! + Math.floor((columns[j]! - widthOf(cell)) / 2);
      const top = down.starts[i]! + Math.floor((lines[i]! - heightOf(cell)) / 2);
      paint(data, width, channels, cell, left, top);
    });
  });
  return { png: encode({ width, height, channels, data, depth: 8 }, { zlib: { level: 6 } }), width, height };
}
