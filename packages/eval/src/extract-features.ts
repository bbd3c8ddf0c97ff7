import { concat, div, reshape, type Tensor, type Tensor2D, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';

/** Images that can be read by index; an `ImageSource` of `@hcsc/data` is one. */
export interface ReadableImages {
  readonly length: number;
  /** `[height, width, channels]`. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Bytes, packed `[n, height, width, channels]`. */
  read(indices: ArrayLike<number>): Promise<Uint8Array>;
}

/**
 * What turns images `[n, height, width, channels]` (float32 in [0, 1]) into features `[n, D]`: a function, or a model
 * with one output such as a `tf.LayersModel`, which is run in inference mode.
 */
export type FeatureEncoder =
  | ((images: Tensor4D) => Tensor)
  | { predict(images: Tensor4D, options?: { batchSize?: number }): Tensor | Tensor[] };

/** Options of {@link extractFeatures}. */
export interface ExtractFeaturesOptions {
  /** Images per call of the encoder, and as many are read ahead. Default 256. */
  batchSize?: number;
  /** Told after each batch. */
  onProgress?: (state: { readonly done: number; readonly total: number }) => void;
}

/**
 * Runs every image of a source through an encoder, in order.
 *
 * Everything the encoder allocates on the way is freed; a function must therefore be synchronous.
 *
 * @returns `[source.length, D]` float32; the caller disposes it.
 * @throws TypeError (the promise rejects) if the encoder has several outputs or none of shape `[n, D]`.
 *
 * @example
 * ```ts
 * const features = await extractFeatures(encoder, await fashionMnistSample().test());
 * const normalised = await extractFeatures((images) => encoder.predict(standardise(images)), source);
 * ```
 */
export async function extractFeatures(
  encoder: FeatureEncoder,
  source: ReadableImages,
  { batchSize = 256, onProgress }: ExtractFeaturesOptions = {},
): Promise<Tensor2D> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot encode batches of ${batchSize} images: give an integer of at least 1`);
  }
  const total = source.length;
  if (total < 1) throw new RangeError('Cannot take the features of a source without images: give at least one');
  const parts: Tensor2D[] = [];
  const read = (start: number) => {
    const n = Math.min(batchSize, total - start);
    const bytes = source.read(Int32Array.from({ length: n }, (_, i) => start + i));
    bytes.catch(() => {}); // heard where it is awaited
    return { n, bytes };
  };
  try {
    let next: ReturnType<typeof read> | null = read(0);
    for (let done = 0; next; ) {
      const { n, bytes } = next;
      const pixels = new Float32Array(await bytes);
      done += n;
      next = done < total ? read(done) : null; // while the encoder works
      parts.push(tidy(() => encode(encoder, div(tensor4d(pixels, [n, ...source.shape]), 255))));
      onProgress?.({ done, total });
    }
    return tidy(() => concat(parts, 0));
  } finally {
    for (const part of parts) part.dispose();
  }
}

function encode(encoder: FeatureEncoder, images: Tensor4D): Tensor2D {
  const n = images.shape[0];
  const features = typeof encoder === 'function' ? encoder(images) : encoder.predict(images, { batchSize: n });
  if (Array.isArray(features)) {
    throw new TypeError(
      `Cannot take the features of an encoder with ${features.length} outputs: give a function that returns one of them`,
    );
  }
  if (features.rank !== 2 || features.shape[0] !== n) {
    throw new TypeError(
      `Cannot take an output of shape [${features.shape}] for ${n} images as features: the encoder must return [n, D], pool or flatten it`,
    );
  }
  return features as Tensor2D;
}

/**
 * An encoder that does nothing: each image's pixels in [0, 1] as a row, the baseline every representation must beat.
 *
 * @returns `[n, height · width · channels]`; the caller disposes it.
 *
 * @example
 * ```ts
 * const pixels = await extractFeatures(rawPixels, source);
 * ```
 */
export function rawPixels(images: Tensor4D): Tensor2D {
  return reshape(images, [images.shape[0], images.size / images.shape[0]]);
}
