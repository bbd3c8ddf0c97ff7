import type { Rng } from '@hcsc/random';
import { assertProbability, assertRange, bernoulli } from './draws.js';
import type { Size } from './host-step.js';
import {
  assertInterpolation,
  assertSize,
  cropMatrices,
  type ResamplingOptions,
  resampleImages,
} from './resized-crop.js';
import { type DrawnTransform, type Draws, drawnTransform, perImage } from './transform.js';

/** Options of {@link randomResizedCrop}. */
export interface RandomResizedCropOptions extends ResamplingOptions {
  /** The crop's share of the image's area, drawn uniformly. Default `[0.08, 1]` (torchvision); MoCo v2 has `[0.2, 1]`. */
  scale?: readonly [min: number, max: number];
  /** The crop's width / height, drawn uniformly in its logarithm. Default `[3/4, 4/3]`. */
  ratio?: readonly [min: number, max: number];
  /** The probability to mirror as well, at no cost. Default 0. */
  flip?: number;
}

/** What {@link randomResizedCrop} draws. */
export interface CropDraws extends Draws {
  /** `[n, 4]`: top, left, height, width, whole pixels. */
  readonly boxes: Float32Array;
  /** `[n]`: 1 for the mirrored images. */
  readonly flips: Float32Array;
  /** `[n, newHeight, height]`: the matrices that cut and resize, which follow from the boxes. */
  readonly rows: Float32Array;
  /** `[n, newWidth, width]`. */
  readonly columns: Float32Array;
}

/**
 * Cuts a random box out of each image and resizes it: torchvision's `RandomResizedCrop`.
 *
 * Area and ratio are drawn up to ten times until the box, rounded to pixels, fits; then the place, uniformly. If none
 * fits: the largest centred box whose ratio is in the range.
 *
 * @param size `[height, width]` of the result, or one number for both.
 * @throws RangeError for sizes that are no integers of at least 1, ranges that are empty or not positive, no probability,
 *   or another interpolation.
 *
 * @example
 * ```ts
 * const crop = randomResizedCrop(28, { scale: [0.3, 1], flip: 0.5 });
 * ```
 */
export function randomResizedCrop(
  size: number | Size,
  {
    scale = [0.08, 1],
    ratio = [3 / 4, 4 / 3],
    flip = 0,
    interpolation = 'bilinear',
    antialias = true,
  }: RandomResizedCropOptions = {},
): DrawnTransform<CropDraws> {
  const target: Size = typeof size === 'number' ? [size, size] : size;
  assertSize(target);
  assertInterpolation(interpolation);
  assertRange('scale', scale, { above: 0 });
  assertRange('ratio', ratio, { above: 0 });
  assertProbability('flip', flip);
  return drawnTransform({
    host: { step: 'randomResizedCrop', size: target, scale, ratio, flip, interpolation, antialias },
    draw([n, height, width], rng) {
      const boxes = new Float32Array(4 * n);
      for (let i = 0; i < n; i++) boxes.set(drawBox(height, width, scale, ratio, rng), 4 * i);
      const flips = bernoulli(n, flip, rng);
      return { boxes, flips, ...cropMatrices(boxes, [height, width], target, { interpolation, antialias, flips }) };
    },
    applyWith(images, { rows, columns }) {
      const [n, height, width] = images.shape;
      const down = perImage('rows', rows, [n, target[0], height]);
      return resampleImages(images, down, perImage('columns', columns, [n, target[1], width]), interpolation);
    },
  });
}

const ATTEMPTS = 10;

/** The box of one random crop, drawn as torchvision does. */
export function drawBox(
  height: number,
  width: number,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  rng: Rng,
): [top: number, left: number, height: number, width: number] {
  const between = (min: number, max: number) => min + (max - min) * rng.uniform();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * between(...scale);
    const aspect = Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height) {
      return [rng.integer(height - h + 1), rng.integer(width - w + 1), h, w];
    }
  }
  const aspect = Math.min(Math.max(width / height, ratio[0]), ratio[1]);
  const w = Math.max(1, Math.min(width, Math.round(height * aspect)));
  const h = Math.max(1, Math.min(height, Math.round(width / aspect)));
  return [Math.floor((height - h) / 2), Math.floor((width - w) / 2), h, w];
}
