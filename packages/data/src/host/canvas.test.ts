import { createRng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  blur,
  normalize,
  randomGrayscale,
  randomHorizontalFlip,
  resizedCrop,
} from '../index.js';
import { solarize } from '../transforms/random-solarize.js';
import { asTensor, type LoadedImage, loadOn, noiseBytes, pixelsOn } from './bytes.fixture.js';
import { type Canvas, canvas } from './canvas.js';

const rng = createRng(0);
/** The same for all tests: what one image leaves must not show in another. */
const working = canvas();

/** An operation on a canvas, and the transform that it should agree with. */
type Pair = readonly [name: string, onCanvas: (canvas: Canvas) => void, transform: (images: Tensor4D) => Tensor4D];

function expectAgreement(image: LoadedImage, [, onCanvas, transform]: Pair, tolerance = 2e-6): void {
  onCanvas(loadOn(working, image));
  const images = asTensor(image);
  const expected = transform(images);
  expect(pixelsOn(working)).toBeAllclose(expected, tolerance);
  for (const tensor of new Set([images, expected])) tensor.dispose();
}

const onAny: readonly Pair[] = [
  ['flip', (on) => on.flip(), (x) => randomHorizontalFlip(1)(x, rng)],
  ['brightness 0.6', (on) => on.brightness(0.6), (x) => adjustBrightness(x, [0.6])],
  ['brightness 1.7', (on) => on.brightness(1.7), (x) => adjustBrightness(x, [1.7])],
  ['contrast 0', (on) => on.contrast(0), (x) => adjustContrast(x, [0])],
  ['contrast 1.5', (on) => on.contrast(1.5), (x) => adjustContrast(x, [1.5])],
  ['solarize', (on) => on.solarize(0.5), (x) => solarize(x, 0.5)],
  ['normalize by one', (on) => on.normalize([0.4], [0.25]), (x) => normalize([0.4], [0.25])(x, rng)],
];
const onRgb: readonly Pair[] = [
  ['saturation 0', (on) => on.saturation(0), (x) => adjustSaturation(x, [0])],
  ['saturation 1.4', (on) => on.saturation(1.4), (x) => adjustSaturation(x, [1.4])],
  ['hue -0.5', (on) => on.hue(-0.5), (x) => adjustHue(x, [-0.5])],
  ['hue 0.1', (on) => on.hue(0.1), (x) => adjustHue(x, [0.1])],
  ['grayscale', (on) => on.grayscale(), (x) => randomGrayscale(1)(x, rng)],
  [
    'normalize by three',
    (on) => on.normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    (x) => normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])(x, rng),
  ],
];
const sizes = [
  [1, 1],
  [3, 2],
  [7, 13],
  [16, 24],
  [2, 33],
] as const;

describe.each([1, 2, 3, 4, 5])('%i channels', (channels) => {
  const pairs = channels === 3 ? [...onAny, ...onRgb] : onAny;

  test.each(pairs)('%s agrees with the transform', (...pair) => {
    sizes.forEach(([height, width], seed) => {
      expectAgreement(noiseBytes(height, width, channels, seed), pair);
    });
  });

  test.each([
    [
      [0, 0, 17, 13],
      [5, 7],
    ],
    [
      [2, 1, 9, 11],
      [9, 11],
    ],
    [
      [3, 4, 14, 5],
      [16, 21],
    ],
    [
      [16, 12, 1, 1],
      [3, 5],
    ],
    [
      [0, 0, 17, 13],
      [1, 1],
    ],
    [
      [4, 0, 12, 13],
      [2, 40],
    ],
  ] as const)('the box %j to %j agrees with resizedCrop, from bytes and from planes', (box, size) => {
    const image = noiseBytes(17, 13, channels);
    for (const interpolation of ['bilinear', 'bicubic'] as const) {
      for (const [antialias, flip] of [
        [true, false],
        [true, true],
        [false, true],
      ] as const) {
        const options = { interpolation, antialias };
        const onDevice = (x: Tensor4D) => resizedCrop(x, box, size, { ...options, flips: [Number(flip)] });
        expectAgreement(image, ['', (on) => on.crop(box, size, { ...options, flip }), onDevice]);
        const fromPlanes = (on: Canvas) => {
          on.solarize(2); // does nothing
          on.crop(box, size, { ...options, flip });
        };
        expectAgreement(image, ['', fromPlanes, onDevice]);
      }
    }
  });

  test.each([
    [0.1, 5],
    [0.7, 5],
    [2, 13],
    [5, 3],
  ])('blur by %f, cut off at %i pixels, agrees with the transform', (sigma, kernel) => {
    for (const [height, width] of [
      [7, 7],
      [9, 16],
      [12, 37],
    ] as const) {
      const image = noiseBytes(height, width, channels);
      expectAgreement(image, ['', (on) => on.blur(sigma, kernel), (x) => blur(x, [sigma], kernel)]);
    }
  });
});

test('a chain of everything agrees with the chain of transforms', () => {
  const image = noiseBytes(37, 50, 3);
  const onCanvas = (on: Canvas) => {
    on.crop([3, 8, 30, 41], [19, 22], { flip: true });
    on.contrast(0.7);
    on.hue(-0.08);
    on.brightness(1.3);
    on.saturation(1.4);
    on.blur(1.2, 7);
    on.solarize(0.6);
    on.crop([2, 3, 16, 16], [16, 16], { flip: true });
    on.normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
  };
  const steps: ((images: Tensor4D) => Tensor4D)[] = [
    (x) => resizedCrop(x, [3, 8, 30, 41], [19, 22], { flips: [1] }),
    (x) => adjustContrast(x, [0.7]),
    (x) => adjustHue(x, [-0.08]),
    (x) => adjustBrightness(x, [1.3]),
    (x) => adjustSaturation(x, [1.4]),
    (x) => blur(x, [1.2], 7),
    (x) => solarize(x, 0.6),
    (x) => resizedCrop(x, [2, 3, 16, 16], [16, 16], { flips: [1] }),
    (x) => normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])(x, rng),
  ];
  const chain = (images: Tensor4D) =>
    steps.reduce((given, step) => {
      const made = step(given);
      if (given !== images) given.dispose();
      return made;
    }, images);
  expectAgreement(image, ['', onCanvas, chain], 1e-5);
});
