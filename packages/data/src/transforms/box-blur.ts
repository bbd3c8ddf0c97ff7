import { type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { resample } from './resample.js';
import { assertImages, perImage } from './transform.js';

/**
 * Blurs each image by three box blurs that together are near a Gaussian, edge pixels repeated: PIL's
 * `ImageFilter.GaussianBlur(sigma)`, which the official code of MoCo v2 and HCSC uses.
 *
 * The boxes are of fractional width, by Gwosdek et al., _Theoretical Foundations of Gaussian Convolution by Extended Box
 * Filtering_ (SSVM 2011).
 *
 * @param images `[n, height, width, channels]` float32.
 * @param sigmas `[n]`, in pixels; 0 leaves the image exactly as it is.
 * @returns As `images`; the caller disposes it.
 * @throws RangeError if there is not one sigma of at least 0 per image.
 *
 * @example
 * ```ts
 * const soft = boxBlur(images, new Float32Array(images.shape[0]).fill(0.7));
 * ```
 */
export function boxBlur(images: Tensor4D, sigmas: ArrayLike<number>): Tensor4D {
  assertImages(images);
  const [n, height, width] = images.shape;
  assertSigmas(sigmas, n);
  const { rows, columns } = blurMatrices(sigmas, [height, width], fillBoxes);
  return tidy(() =>
    resample(images, perImage('rows', rows, [n, height, height]), perImage('columns', columns, [n, width, width])),
  );
}

/** Throws a RangeError unless there is one sigma of at least 0 per image. */
export function assertSigmas(sigmas: ArrayLike<number>, n: number): void {
  if (sigmas.length !== n || !Array.from(sigmas).every((sigma) => sigma >= 0 && Number.isFinite(sigma))) {
    throw new RangeError(
      `Cannot blur ${n} images with sigmas [${Array.from(sigmas)}]: give one of at least 0 per image`,
    );
  }
}

/** Writes the matrix that blurs lines of `length` pixels into zeros, row by row. */
export type FillBlur = (matrix: Float32Array, length: number, sigma: number) => void;

/** The matrices that blur, `[n, height, height]` and `[n, width, width]`; one array if the images are square. */
export function blurMatrices(
  sigmas: ArrayLike<number>,
  [height, width]: readonly [height: number, width: number],
  fill: FillBlur,
): { rows: Float32Array; columns: Float32Array } {
  const rows = new Float32Array(sigmas.length * height * height);
  const columns = height === width ? rows : new Float32Array(sigmas.length * width * width);
  for (let i = 0; i < sigmas.length; i++) {
    fill(rows.subarray(i * height * height, (i + 1) * height * height), height, sigmas[i]!);
    if (columns !== rows) fill(columns.subarray(i * width * width, (i + 1) * width * width), width, sigmas[i]!);
  }
  return { rows, columns };
}

const PASSES = 3;

/** See {@link FillBlur}. */
export const fillBoxes: FillBlur = (matrix, length, sigma) => {
  const taps = boxTaps(boxRadius(sigma));
  const radius = (taps.length - 1) / 2;
  let blurred = Float64Array.from({ length: length * length }, (_, i) => Number(i % (length + 1) === 0));
  for (let pass = 1; pass <= PASSES; pass++) {
    const before = blurred;
    blurred = new Float64Array(length * length);
    for (let target = 0; target < length; target++) {
      // What is further away has no weight yet.
      const first = Math.max(0, target - pass * radius);
      const last = Math.min(length - 1, target + pass * radius);
      for (let i = 0; i < taps.length; i++) {
        const near = Math.min(Math.max(target + i - radius, 0), length - 1);
        for (let j = first; j <= last; j++) blurred[target * length + j]! += taps[i]! * before[near * length + j]!;
      }
    }
  }
  matrix.set(blurred);
};

/** The radius, in pixels and parts of a pixel, of the box that comes near the Gaussian if it is applied in all passes. */
function boxRadius(sigma: number): number {
  const variance = sigma ** 2 / PASSES;
  const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  const part = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
  return whole + part;
}

function boxTaps(radius: number): Float64Array {
  const whole = Math.floor(radius);
  const weight = 1 / (2 * radius + 1);
  const taps = new Float64Array(2 * whole + 3).fill(weight);
  taps[0] = taps[2 * whole + 2] = weight * (radius - whole);
  return taps;
}
