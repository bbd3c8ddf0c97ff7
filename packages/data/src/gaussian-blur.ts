import {
  add,
  cast,
  div,
  exp,
  lessEqual,
  matMul,
  mul,
  neg,
  range,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { assertProbability, assertRange } from './draws.js';
import { assertImages, type DrawnTransform, type Draws, drawnTransform, type PerImage, perImage } from './transform.js';

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
export function blur(images: Tensor4D, sigmas: PerImage, kernel: number): Tensor4D {
  assertImages(images);
  const [n, height, width, channels] = images.shape;
  const side = Math.min(height, width);
  if (!Number.isInteger(kernel) || kernel % 2 !== 1 || kernel < 1 || kernel >= 2 * side) {
    throw new RangeError(
      `Cannot blur images of ${height} x ${width} with a kernel of ${kernel}: give an odd number below ${2 * side}`,
    );
  }
  return tidy(() => {
    const sigma = perImage('sigmas', sigmas, [n, 1, 1]);
    const radius = (kernel - 1) / 2;
    const rows = blurring(sigma, height, radius);
    const columns = height === width ? rows : blurring(sigma, width, radius);
    const down = reshape(matMul(rows, reshape(images, [n, height, width * channels]) as Tensor3D), images.shape);
    const channelsFirst = reshape(transpose(down, [0, 1, 3, 2]), [n, height * channels, width]);
    const across = matMul(channelsFirst, columns, false, true);
    return transpose(reshape(across, [n, height, channels, width]), [0, 1, 3, 2]) as Tensor4D;
  });
}

/** The matrix `[n, length, length]` that blurs one axis; what lies beyond an edge is mirrored at it. */
function blurring(sigma: Tensor, length: number, radius: number): Tensor3D {
  const to = reshape(range(0, length), [1, length, 1]);
  const from = reshape(range(0, length), [1, 1, length]);
  const precision = div(-0.5, square(add(sigma, 1e-6))); // at sigma 0 all but the middle underflows to 0
  const gaussian = (distance: Tensor) =>
    mul(exp(mul(square(distance), precision)), cast(lessEqual(square(distance), radius * radius), 'float32'));
  // Pixel j also stands for −j and 2(length − 1) − j, except that the edge itself is not doubled.
  const last = length - 1;
  const before = mul(gaussian(sub(neg(from), to)), cast(lessEqual(neg(from), -1), 'float32'));
  const after = mul(gaussian(sub(sub(2 * last, from), to)), cast(lessEqual(from, last - 1), 'float32'));
  const weight = add(gaussian(sub(from, to)), add(before, after));
  return div(weight, sum(weight, -1, true)) as Tensor3D;
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
    draw: ([n], rng) => ({
      sigmas: Float32Array.from({ length: n }, () => (rng.uniform() < p ? min + (max - min) * rng.uniform() : 0)),
    }),
    applyWith(images, { sigmas }) {
      const side = Math.min(images.shape[1], images.shape[2]);
      return blur(images, sigmas, kernel ?? 2 * Math.min(Math.ceil(3 * max), side - 1) + 1);
    },
  });
}
