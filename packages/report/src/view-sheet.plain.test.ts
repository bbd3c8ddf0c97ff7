import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { ReportImage } from './prototype-tree.js';
import type { ViewRow } from './view-row.js';
import { type ViewSheet, viewSheet } from './view-sheet.js';

/** Every pixel another value, channel by channel. */
function image(width: number, height: number, channels: 1 | 3 | 4, from = 0): ReportImage {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (from + i * 7) % 256);
  return { width, height, channels, data };
}

function decoded({ png, width, height }: ViewSheet) {
  const sheet = decode(png);
  expect([sheet.width, sheet.height, sheet.depth]).toEqual([width, height, 8]);
  return {
    ...sheet,
    at: (x: number, y: number) =>
      [...sheet.data.slice((y * width + x) * sheet.channels, (y * width + x + 1) * sheet.channels)] as number[],
  };
}

/** Expects the image at this place of the sheet, each of its pixels `factor` times as large. */
function expectImage(
  sheet: ReturnType<typeof decoded>,
  { width, height, channels, data }: ReportImage,
  [left, top]: readonly [number, number],
  factor: number,
) {
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const start = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
      const [red, green = red, blue = red] = channels === 1 ? [data[start]!] : data.slice(start, start + 3);
      expect(sheet.at(left + x, top + y)).toEqual([red, green, blue].slice(0, sheet.channels));
    }
  }
}

const ground = 222;

describe('a sheet', () => {
  it('has the original, a wider gap and the views, pixel for pixel', () => {
    const [original, first, second] = [image(4, 3, 3), image(4, 3, 3, 50), image(4, 3, 3, 100)];
    const sheet = decoded(viewSheet([{ original, views: [first, second] }], { enlargeTo: 1, gap: 2 }));
    // 2 + 4 + 6 + 4 + 2 + 4 + 2 across, 2 + 3 + 2 down
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([24, 7, 3]);
    expectImage(sheet, original, [2, 2], 1);
    expectImage(sheet, first, [12, 2], 1);
    expectImage(sheet, second, [18, 2], 1);
    const inked = Array.from({ length: 24 * 7 }, (_, i) => [i % 24, Math.floor(i / 24)] as const).filter(
      ([x, y]) => !(y >= 2 && y < 5 && [2, 12, 18].some((left) => x >= left && x < left + 4)),
    );
    for (const [x, y] of inked) expect(sheet.at(x, y)).toEqual([ground, ground, ground]);
  });

  it('enlarges small images by a whole factor, without new colours', () => {
    const [original, view] = [image(5, 4, 1), image(7, 7, 1, 3)];
    const sheet = decoded(viewSheet([{ original, views: [view] }], { enlargeTo: 16, gap: 1, originalGap: 2 }));
    // the original threefold (15 × 12), the view twofold (14 × 14): one below the other's middle
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([1 + 15 + 2 + 14 + 1, 16, 1]);
    expectImage(sheet, original, [1, 2], 3);
    expectImage(sheet, view, [18, 1], 2);
  });

  it('shows views of different sizes at one scale, the originals each at its own', () => {
    const rows: ViewRow[] = [
      { original: image(20, 10, 1), views: [image(6, 6, 1), image(3, 3, 1)] },
      { original: image(5, 5, 1), views: [image(6, 6, 1), image(3, 3, 1)] },
    ];
    const sheet = decoded(viewSheet(rows, { enlargeTo: 12, shrinkTo: 12, gap: 1, originalGap: 1 }));
    // shrunk to 12 × 6, enlarged to 10 × 10; all views twofold: 12 × 12 and 6 × 6
    expect([sheet.width, sheet.height]).toEqual([1 + 12 + 1 + 12 + 1 + 6 + 1, 1 + 12 + 1 + 12 + 1]);
    expectImage(sheet, rows[1]!.original, [2, 15], 2);
    for (const top of [1, 14]) {
      expectImage(sheet, rows[0]!.views[0]!, [14, top], 2);
      expectImage(sheet, rows[0]!.views[1]!, [27, top + 3], 2);
    }
  });

  it('shrinks large images by the mean of the pixels', () => {
    const even: ReportImage = { width: 4, height: 2, channels: 1, data: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70) };
    const sheet = decoded(viewSheet([{ original: even, views: [even] }], { shrinkTo: 2, gap: 0 }));
    expect([sheet.width, sheet.height, ...sheet.data]).toEqual([4, 1, 25, 45, 25, 45]);
  });

  it('is in colour as soon as one image is, and leaves transparency out', () => {
    const [grey, clear] = [image(2, 2, 1), image(2, 2, 4)];
    const sheet = decoded(viewSheet([{ original: grey, views: [clear] }], { enlargeTo: 1, gap: 0 }));
    expect(sheet.channels).toBe(3);
    expectImage(sheet, grey, [0, 0], 1);
    expectImage(sheet, clear, [2, 0], 1);
  });

  it('enlarges images of 28 and 32 pixels by default, and keeps crops of 224 as they are', () => {
    const width = (side: number) =>
      viewSheet([{ original: image(side, side, 1), views: [image(side, side, 1)] }]).width;
    expect([28, 32, 96, 224].map(width)).toEqual([112, 128, 96, 224].map((shown) => 8 + shown + 24 + shown + 8));
  });
});

describe('a sheet that cannot be made', () => {
  const one = image(2, 2, 1);
  const row: ViewRow = { original: one, views: [one] };
  it.each<[string, readonly ViewRow[], object, RegExp]>([
    ['no rows', [], {}, /at least one row of images, got none/],
    ['no views', [{ ...row, views: [] }], {}, /Row 0 has no views: give at least one/],
    ['ragged rows', [row, { ...row, views: [one, one] }], {}, /Row 1 has 2 views, row 0 has 1/],
    [
      'missing pixels',
      [{ ...row, original: { ...one, width: 3 } }],
      {},
      /The original of row 0 .* needs 6 values, got 4/,
    ],
    ['two channels', [{ ...row, views: [{ ...one, channels: 2 as 1 }] }], {}, /View 1 of row 0 has 2 channels/],
    ['no room', [row], { shrinkTo: 0 }, /shrinkTo 0: give an integer of at least 1/],
    ['half a pixel between', [row], { gap: 0.5 }, /gap 0.5: give an integer of at least 0/],
    [
      'a sheet without end',
      Array(200_000).fill(row),
      { enlargeTo: 16 },
      /the most is 50000000 pixels, give fewer rows/,
    ],
  ])('%s', (_, rows, options, message) => {
    expect(() => viewSheet(rows, options)).toThrow(RangeError);
    expect(() => viewSheet(rows, options)).toThrow(message);
  });
});
