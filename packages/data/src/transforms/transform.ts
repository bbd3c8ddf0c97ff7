import type { Rng } from '@hcsc/random';
import { isTracing } from '@hcsc/trace';
import { clone, reshape, type Tensor, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import { drawsPerCall } from './draws-per-call.js';
import type { HostStep } from './host-step.js';

/**
 * A batch of images to a batch of images, each image with its own random parameters.
 *
 * `images` are `[n, height, width, channels]` float32 in [0, 1] and are not disposed; the result belongs to the caller.
 * Randomness comes from `rng` only. Any function of this type is a transform.
 */
export interface Transform {
  (images: Tensor4D, rng: Rng): Tensor4D;
  /** The same as plain data, of transforms that worker threads can do as well. */
  readonly host?: HostStep;
}

/** `[n, height, width, channels]`. */
export type BatchShape = readonly [n: number, height: number, width: number, channels: number];

/**
 * The random parameters of one batch and what follows from them on the host, as small arrays.
 *
 * All that is random about a transform is in here, so that the rest is a pure function of tensors.
 */
export type Draws = Readonly<Record<string, Float32Array>>;

/** {@link Draws} as they are given back: each on the host, or as a tensor that holds the same numbers. */
export type GivenDraws<D extends Draws> = { readonly [Name in keyof D]: PerImage };

/**
 * A transform whose two halves can be had apart: `draw` does everything random, on the host, and `applyWith` is a pure
 * function of tensors. All random transforms of this package are such.
 */
export interface DrawnTransform<D extends Draws = Draws> extends Transform {
  /** Draws the parameters for a batch of this shape; the shape alone decides how long each array is. */
  draw(shape: BatchShape, rng: Rng): D;
  /** Transforms images of that shape with the parameters that were drawn for it. */
  applyWith(images: Tensor4D, draws: GivenDraws<D>): Tensor4D;
}

/**
 * Makes a transform of its two halves. In a compiled function it draws anew at each call.
 *
 * `host` is for transforms that this package's worker threads know as well.
 *
 * @example
 * ```ts
 * const invertSome = drawnTransform({
 *   draw: ([n], rng) => ({ inverted: Float32Array.from({ length: n }, () => Number(rng.uniform() < 0.1)) }),
 *   applyWith: (images, { inverted }) => tf.abs(tf.sub(images, perImage('inverted', inverted, [images.shape[0], 1, 1, 1]))),
 * });
 * ```
 */
export function drawnTransform<D extends Draws>({
  draw,
  applyWith,
  host,
}: Pick<DrawnTransform<D>, 'draw' | 'applyWith' | 'host'>): DrawnTransform<D> {
  const run = (images: Tensor4D, draws: GivenDraws<D>) => {
    assertImages(images);
    return tidy(() => {
      const result = applyWith(images, draws);
      return result === images ? clone(images) : result; // the result has an owner of its own
    });
  };
  const transform = (images: Tensor4D, rng: Rng) => {
    assertImages(images);
    return run(images, isTracing() ? drawsPerCall(draw, images.shape, rng) : draw(images.shape, rng));
  };
  return Object.assign(transform, { draw, applyWith: run, ...(host && { host }) });
}

/**
 * Runs transforms one after the other; without any, the result is a copy.
 *
 * @example
 * ```ts
 * const transform = compose(randomResizedCrop(28), colorJitter({ brightness: 0.4, p: 0.8 }));
 * ```
 */
export function compose(...transforms: readonly Transform[]): Transform {
  return (images, rng) => {
    assertImages(images);
    return tidy(() => transforms.reduce((result, transform) => transform(result, rng), clone(images)));
  };
}

/** Throws a TypeError unless `images` is a batch of images as a {@link Transform} takes it. */
export function assertImages(images: Tensor4D): void {
  if (images.rank !== 4 || images.dtype !== 'float32' || images.size === 0) {
    throw new TypeError(
      `Cannot transform a ${images.dtype} tensor of shape [${images.shape}]: give images [n, height, width, channels], float32 in 0 to 1`,
    );
  }
}

/** Numbers given per image: a tensor, or an array on the host. */
export type PerImage = Tensor | ArrayLike<number>;

/**
 * Numbers given per image as a float32 tensor of this shape; the caller disposes it (or a `tidy` does).
 *
 * @param name What they are, for the error.
 * @throws RangeError if there are not as many as the shape says.
 */
export function perImage(name: string, values: PerImage, shape: readonly number[]): Tensor {
  const needed = shape.reduce((product, length) => product * length, 1);
  const isTensor = 'dtype' in values;
  const given = isTensor ? values.size : values.length;
  if (given !== needed) {
    throw new RangeError(`Cannot use ${given} numbers as ${name} of shape [${shape}]: give ${needed}`);
  }
  if (isTensor) return reshape(values, [...shape]);
  return tensor(values instanceof Float32Array ? values : Float32Array.from(values), [...shape]);
}
