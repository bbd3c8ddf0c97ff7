import { type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { assertProbability, assertRange } from './draws.js';
import { resample } from './resample.js';
import { assertImages, type DrawnTransform, type Draws, drawnTransform, perImage } from './transform.js';

/**
 * Blurs each image by its own Gaussian, with mirrored edges: torchvision's `gaussian_blur`.
 *
 * Computed as two batched matrix products.
 *
 * @param images `[n, height, width, channels]` float32.
 * @param sigmas `[n]`, in pixels; 0 leaves the image exactly as it is.
 * @param kernel How many pixels wide the Gaussian is cut off: odd, and less than twice the smaller side.
 * @returns As `images`; the caller disposes it.
 * @throws RangeError for a kernel that does not fit, or if there is not one sigma per image.
 *
 * @example
 * ```ts
 * const soft = blur(images, new Float32Array(images.shape[0]).fill(0.7), 5);
 * ```
 */
export function blur(images: Tensor4D, sigmas: ArrayLike<number>, kernel: number): Tensor4D {
  assertImages(images);
  const [n, height, width] = images.shape;
  assertKernel(kernel, height, width);
  if (sigmas.length !== n || !Array.from(sigmas).every((sigma) => sigma >= 0)) {
    throw new RangeError(
      `Cannot blur ${n} images with sigmas [${Array.from(sigmas)}]: give one of at least 0 per image`,
    );
  }
  const { rows, columns } = blurMatrices(sigmas, [height, width], kernel);
  return tidy(() =>
    resample(images, perImage('rows', rows, [n, height, height]), perImage('columns', columns, [n, width, width])),
  );
}

function assertKernel(kernel: number, height: number, width: number): void {
  const side = Math.min(height, width);
  if (!Number.isInteger(kernel) || kernel % 2 !== 1 || kernel < 1 || kernel >= 2 * side) {
    throw new RangeError(
      `Cannot blur images of ${height} x ${width} with a kernel of ${kernel}: give an odd number below ${2 * side}`,
    );
  }
}

/** The matrices that blur, `[n, height, height]` and `[n, width, width]`. */
function blurMatrices(
  sigmas: ArrayLike<number>,
  [height, width]: readonly [height: number, width: number],
  kernel: number,
): { rows: Float32Array; columns: Float32Array } {
  const rows = new Float32Array(sigmas.length * height * height);
  const columns = height === width ? rows : new Float32Array(sigmas.length * width * width);
  for (let i = 0; i < sigmas.length; i++) {
    const taps = gaussianTaps(sigmas[i]!, (kernel - 1) / 2);
    fillMatrix(rows, i, height, taps);
    if (columns !== rows) fillMatrix(columns, i, width, taps);
  }
  return { rows, columns };
}

function gaussianTaps(sigma: number, radius: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    sigma > 0 ? Math.exp(-0.5 * ((i - radius) / sigma) ** 2) : Number(i === radius),
  );
  const total = taps.reduce((a, b) => a + b);
  return taps.map((tap) => tap / total);
}

/** Adds up the taps of each target pixel in one image's matrix; what lies beyond an edge is mirrored at it. */
function fillMatrix(matrices: Float32Array, image: number, length: number, taps: Float64Array): void {
  const radius = (taps.length - 1) / 2;
  const last = length - 1;
  for (let target = 0; target < length; target++) {
    const row = (image * length + target) * length;
    for (let i = 0; i < taps.length; i++) {
      const j = Math.abs(target + i - radius);
      matrices[row + (j > last ? 2 * last - j : j)]! += taps[i]!;
    }
  }
}

/** Options of {@link gaussianBlur}. */
export interface GaussianBlurOptions {
  /** The probability that an image is blurred. Default 0.5 (MoCo v2). */
  p?: number;
  /** Sigma in pixels, drawn uniformly. Default `[0.1, 2]` (MoCo v2, for 224 pixels). */
  sigma?: readonly [min: number, max: number];
  /** See {@link blur}. Default: three of the largest sigmas to each side, as far as the image is large enough. */
  kernel?: number;
}

/** What {@link gaussianBlur} draws. */
export interface BlurDraws extends Draws {
  /** `[n]`; 0 for the images that stay sharp. */
  readonly sigmas: Float32Array;
  /** `[n, height, height]`: the matrices that blur, which follow from the sigmas. */
  readonly rows: Float32Array;
  /** `[n, width, width]`. */
  readonly columns: Float32Array;
}

/**
 * Blurs images, each with probability `p` and by its own sigma.
 *
 * @throws RangeError for an empty range, a sigma that is not above 0 or no probability.
 *
 * @example
 * ```ts
 * const transform = gaussianBlur({ p: 0.5, sigma: [0.1, 2] });
 * ```
 */
export function gaussianBlur({
  p = 0.5,
  sigma = [0.1, 2],
  kernel,
}: GaussianBlurOptions = {}): DrawnTransform<BlurDraws> {
  assertProbability('p', p);
  assertRange('sigma', sigma, { above: 0 });
  const [min, max] = sigma;
  return drawnTransform({
    host: { step: 'gaussianBlur', p, sigma, kernel: kernel ?? null },
    draw([n, height, width], rng) {
      const sigmas = Float32Array.from({ length: n }, () =>
        rng.uniform() < p ? min + (max - min) * rng.uniform() : 0,
      );
      const taps = kernel ?? 2 * Math.min(Math.ceil(3 * max), Math.min(height, width) - 1) + 1;
      assertKernel(taps, height, width);
      return { sigmas, ...blurMatrices(sigmas, [height, width], taps) };
    },
    applyWith(images, { rows, columns }) {
      const [n, height, width] = images.shape;
      const down = perImage('rows', rows, [n, height, height]);
      return resample(images, down, columns === rows ? down : perImage('columns', columns, [n, width, width]));
    },
  });
}
