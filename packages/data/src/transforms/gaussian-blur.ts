import { type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { assertSigmas, blurMatrices, type FillBlur, fillBoxes } from './box-blur.js';
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
  assertSigmas(sigmas, n);
  const { rows, columns } = blurMatrices(sigmas, [height, width], fillGaussian(kernel));
  return tidy(() =>
    resample(images, perImage('rows', rows, [n, height, height]), perImage('columns', columns, [n, width, width])),
  );
}

/** Throws a RangeError unless the kernel is odd and fits into the images, edges mirrored. */
export function assertKernel(kernel: number, height: number, width: number): void {
  const side = Math.min(height, width);
  if (!Number.isInteger(kernel) || kernel % 2 !== 1 || kernel < 1 || kernel >= 2 * side) {
    throw new RangeError(
      `Cannot blur images of ${height} x ${width} with a kernel of ${kernel}: give an odd number below ${2 * side}`,
    );
  }
}

/** The 2 · radius + 1 weights of a Gaussian, with the sum 1. */
export function gaussianTaps(sigma: number, radius: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    sigma > 0 ? Math.exp(-0.5 * ((i - radius) / sigma) ** 2) : Number(i === radius),
  );
  const total = taps.reduce((a, b) => a + b);
  return taps.map((tap) => tap / total);
}

/** Adds up the taps of each target pixel; what lies beyond an edge is mirrored at it. */
function fillGaussian(kernel: number): FillBlur {
  const radius = (kernel - 1) / 2;
  return (matrix, length, sigma) => {
    const taps = gaussianTaps(sigma, radius);
    const last = length - 1;
    for (let target = 0; target < length; target++) {
      for (let i = 0; i < taps.length; i++) {
        const j = Math.abs(target + i - radius);
        matrix[target * length + (j > last ? 2 * last - j : j)]! += taps[i]!;
      }
    }
  };
}

/** Options of {@link gaussianBlur}. */
export interface GaussianBlurOptions {
  /** The probability that an image is blurred. Default 0.5 (MoCo v2). */
  p?: number;
  /** Sigma in pixels, drawn uniformly. Default `[0.1, 2]` (MoCo v2, for 224 pixels). */
  sigma?: readonly [min: number, max: number];
  /** See {@link blur}. Default: three of the largest sigmas to each side, as far as the image is large enough. */
  kernel?: number;
  /**
   * `'box'`: three box blurs as PIL does them, to reproduce the official code of MoCo v2 and HCSC; takes no kernel. See
   * `boxBlur`. Default: none, which is torchvision's `GaussianBlur`.
   */
  approximation?: 'box';
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
 * @throws RangeError for an empty range, a sigma that is not above 0, no probability, or a kernel of box blurs.
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
  approximation,
}: GaussianBlurOptions = {}): DrawnTransform<BlurDraws> {
  assertProbability('p', p);
  assertRange('sigma', sigma, { above: 0 });
  if (approximation && kernel !== undefined) {
    throw new RangeError(`Cannot cut box blurs off at a kernel of ${kernel}: give a kernel or approximation: 'box'`);
  }
  const [min, max] = sigma;
  return drawnTransform({
    ...(!approximation && { host: { step: 'gaussianBlur', p, sigma, kernel: kernel ?? null } }),
    draw([n, height, width], rng) {
      const sigmas = Float32Array.from({ length: n }, () =>
        rng.uniform() < p ? min + (max - min) * rng.uniform() : 0,
      );
      if (approximation) return { sigmas, ...blurMatrices(sigmas, [height, width], fillBoxes) };
      const taps = kernel ?? 2 * Math.min(Math.ceil(3 * max), Math.min(height, width) - 1) + 1;
      assertKernel(taps, height, width);
      return { sigmas, ...blurMatrices(sigmas, [height, width], fillGaussian(taps)) };
    },
    applyWith(images, { rows, columns }) {
      const [n, height, width] = images.shape;
      const down = perImage('rows', rows, [n, height, height]);
      return resample(images, down, columns === rows ? down : perImage('columns', columns, [n, width, width]));
    },
  });
}
