import { describe, expect, test } from 'vitest';
import { loadOn, noiseBytes, pixelsOn } from './bytes.fixture.js';
import { type Canvas, canvas } from './canvas.js';

const exactly = (bytes: Uint8Array) => Float32Array.from(bytes, (byte) => Math.fround(byte / 255));

describe('an image that nothing was done to', () => {
  test.each([
    [1, 1, 1],
    [3, 2, 3],
    [5, 7, 4],
    [8, 9, 5],
    [13, 33, 2],
    [4, 4, 9],
  ])('%i x %i x %i comes back exactly, as numbers and as bytes', (height, width, channels) => {
    const image = noiseBytes(height, width, channels);
    const working = loadOn(canvas(), image);
    expect([working.height, working.width, working.channels]).toEqual(image.shape);
    const back = new Uint8Array(image.bytes.length);
    working.writeBytes(back, 0);
    expect(back).toEqual(image.bytes);
    expect(pixelsOn(working).data).toEqual(exactly(image.bytes));
    working.writeBytes(back.fill(0), 0); // now from float32
    expect(back).toEqual(image.bytes);
  });

  test('is a copy', () => {
    const image = noiseBytes(3, 5, 3);
    const given = image.bytes.slice();
    const working = canvas();
    working.load(given, ...image.shape);
    given.fill(0);
    expect(pixelsOn(working).data).toEqual(exactly(image.bytes));
  });
});

test('bytes are rounded, a half up, and stay in their range', () => {
  const working = canvas();
  working.load(Uint8Array.of(0, 1, 3, 128, 255), 1, 5, 1);
  const written = (change: (on: Canvas) => void) => {
    working.restart();
    change(working);
    const bytes = new Uint8Array(5);
    working.writeBytes(bytes, 0);
    return [...bytes];
  };
  expect(written((on) => on.brightness(0.5))).toEqual([0, 1, 2, 64, 128]);
  expect(written((on) => on.brightness(0.4))).toEqual([0, 0, 1, 51, 102]);
  expect(written((on) => on.normalize([0.5], [0.25]))).toEqual([0, 0, 0, 2, 255]);
});

test('what is written lies where it should, and nothing beside it is touched', () => {
  for (const [height, width, channels] of [
    [3, 5, 3],
    [1, 1, 1],
    [2, 3, 4],
  ] as const) {
    const image = noiseBytes(height, width, channels);
    const size = image.bytes.length;
    const working = loadOn(canvas(), image);
    const floats = new Float32Array(size + 20).fill(7);
    working.write(floats, 11);
    expect([...floats]).toEqual([...Array(11).fill(7), ...exactly(image.bytes), ...Array(9).fill(7)]);
    const bytes = new Uint8Array(size + 20).fill(7);
    working.writeBytes(bytes, 11);
    expect([...bytes]).toEqual([...Array(11).fill(7), ...image.bytes, ...Array(9).fill(7)]);
    const shared = new Float32Array(new SharedArrayBuffer(4 * size));
    working.write(shared, 0);
    expect([...shared]).toEqual([...exactly(image.bytes)]);
  }
});

/** Something of every kind, which needs room beside the image. */
function draw(on: Canvas, seed: number): Float32Array {
  on.restart();
  const [height, width] = [Math.ceil(on.height / 2), Math.ceil(on.width / 3)];
  on.crop([seed % 2, 0, height, width], [9 + seed, 11], { flip: true });
  on.contrast(0.5 + 0.1 * seed);
  on.blur(1, 5);
  on.hue(0.1 * seed);
  return pixelsOn(on).data;
}

test('views of one image do not depend on those before, nor images on those before, larger or smaller', () => {
  const working = canvas();
  const shapes = [
    [6, 9, 3],
    [700, 901, 3], // memory grows
    [5, 3, 3],
    [40, 20, 5],
    [1500, 800, 1],
    [7, 8, 3],
  ] as const;
  shapes.forEach((shape, i) => {
    const image = noiseBytes(shape[0], shape[1], shape[2], i);
    loadOn(working, image);
    for (const seed of [1, 2, 1]) expect(draw(working, seed)).toEqual(draw(loadOn(canvas(), image), seed));
    working.restart();
    expect([working.height, working.width, working.channels]).toEqual(shape);
    const bytes = new Uint8Array(image.bytes.length);
    working.writeBytes(bytes, 0);
    expect(Buffer.compare(bytes, image.bytes)).toBe(0);
  });
});

test('nothing outside of the box has an influence', () => {
  const image = noiseBytes(20, 30, 3);
  const box = [4, 7, 11, 13] as const;
  const inside = new Set<number>();
  for (let y = 4; y < 15; y++) for (let x = 7; x < 20; x++) inside.add(30 * y + x);
  const other = image.bytes.map((byte, i) => (inside.has(Math.floor(i / 3)) ? byte : 255 - byte));
  const cut = (bytes: Uint8Array, planes: boolean) => {
    const working = loadOn(canvas(), { ...image, bytes });
    if (planes) working.brightness(1);
    working.crop(box, [6, 25], { interpolation: 'bicubic' });
    return pixelsOn(working).data;
  };
  for (const planes of [false, true]) expect(cut(other, planes)).toEqual(cut(image.bytes, planes));
});

test('saturation, hue and grayscale leave alone what is not RGB', () => {
  for (const channels of [1, 2, 4, 5]) {
    const image = noiseBytes(4, 5, channels);
    const working = loadOn(canvas(), image);
    working.saturation(0);
    working.hue(0.3);
    working.grayscale();
    expect(pixelsOn(working).data).toEqual(exactly(image.bytes));
  }
});

test('a blur that is none changes nothing', () => {
  const image = noiseBytes(9, 7, 3);
  const working = loadOn(canvas(), image);
  working.blur(0, 5);
  working.blur(3, 1);
  working.blur(0.01, 5);
  expect(pixelsOn(working).data).toEqual(exactly(image.bytes));
});

describe('what is refused has changed nothing', () => {
  const image = noiseBytes(6, 5, 3);
  const working = loadOn(canvas(), image);
  working.crop([1, 1, 4, 3], [7, 8]);
  const before = pixelsOn(working).data;
  const none = Number.NaN;

  const refusals: readonly (readonly [RegExp, (on: Canvas) => void])[] = [
    [/box \[top 0, left 0, height 8, width 8\] out of an image of 7 x 8/, (on) => on.crop([0, 0, 8, 8], [4, 4])],
    [/box/, (on) => on.crop([-1, 0, 3, 3], [4, 4])],
    [/height 0/, (on) => on.crop([0, 0, 0, 3], [4, 4])],
    [/whole pixels/, (on) => on.crop([0.5, 0, 3, 3], [4, 4])],
    [/box/, (on) => on.crop([0, none, 3, 3], [4, 4])],
    [/resize to \[0,4\]/, (on) => on.crop([0, 0, 3, 3], [0, 4])],
    [/resize to \[4,1.5\]/, (on) => on.crop([0, 0, 3, 3], [4, 1.5])],
    [/MiB/, (on) => on.crop([0, 0, 3, 3], [40_000, 40_000])],
    [/brightness by a factor of -1/, (on) => on.brightness(-1)],
    [/contrast by a factor of NaN/, (on) => on.contrast(none)],
    [/saturation by a factor of Infinity/, (on) => on.saturation(Number.POSITIVE_INFINITY)],
    [/hue by NaN/, (on) => on.hue(none)],
    [/solarise from NaN/, (on) => on.solarize(none)],
    [/kernel of 15: give an odd number below 14/, (on) => on.blur(1, 15)],
    [/kernel of 4/, (on) => on.blur(0, 4)],
    [/sigma of -1/, (on) => on.blur(-1, 3)],
    [/sigma of NaN/, (on) => on.blur(none, 3)],
    [/3 channels by 2 numbers: give 3, or 1/, (on) => on.normalize([0, 0], [1])],
    [/deviations above 0/, (on) => on.normalize([0], [0])],
    [/normalise by mean \[NaN\]/, (on) => on.normalize([none], [1])],
    [/\[7, 8, 3\] from element 1 of 168 on: it takes 168/, (on) => on.write(new Float32Array(168), 1)],
    [/from element -1/, (on) => on.writeBytes(new Uint8Array(300), -1)],
    [/from element 0.5/, (on) => on.writeBytes(new Uint8Array(300), 0.5)],
    [/load 89 bytes as an image \[6, 5, 3\]/, (on) => on.load(new Uint8Array(89), 6, 5, 3)],
    [/load 0 bytes/, (on) => on.load(new Uint8Array(0), 0, 5, 3)],
    [/load 6 bytes/, (on) => on.load(new Uint8Array(6), 1.5, 4, 1)],
  ];

  test.each(refusals)('%s', (message, attempt) => {
    expect(() => attempt(working)).toThrow(message);
    expect(() => attempt(working)).toThrow(RangeError);
    expect(pixelsOn(working).data).toEqual(before);
    working.restart();
    expect(pixelsOn(working).data).toEqual(exactly(image.bytes));
    working.restart();
    working.crop([1, 1, 4, 3], [7, 8]);
  });

  test('without an image', () => {
    const empty = canvas();
    expect([empty.height, empty.width, empty.channels]).toEqual([0, 0, 0]);
    const attempts: ((on: Canvas) => void)[] = [
      (on) => on.crop([0, 0, 1, 1], [1, 1]),
      (on) => on.flip(),
      (on) => on.brightness(1),
      (on) => on.contrast(1),
      (on) => on.hue(0),
      (on) => on.grayscale(),
      (on) => on.blur(0, 1),
      (on) => on.normalize([0], [1]),
      (on) => on.write(new Float32Array(1), 0),
      (on) => on.writeBytes(new Uint8Array(1), 0),
    ];
    empty.restart();
    for (const attempt of attempts) expect(() => attempt(empty)).toThrow(/without an image: load one first/);
  });
});
