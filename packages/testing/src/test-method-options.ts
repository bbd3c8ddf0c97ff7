import type { Rng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** Options of {@link testMethod}: what the method is trained on and how, and what does not hold for it. */
export interface TestMethodOptions<Settings = Record<string, never>> {
  /** `[height, width, channels]` of an image; default 6, 6, 2. */
  imageShape?: readonly [number, number, number];
  /** Images to train on; default 32. */
  images?: number;
  /**
   * Semantic pairs, of images of one pattern, that the method is also trained on: then the second view of an item is of
   * another image than the others. Default 0: `context.pairs` is null.
   */
  pairs?: number;
  /** Images in a batch; default 8. */
  batchSize?: number;
  /** Epochs of a run; default 3. */
  epochs?: number;
  /** Steps of an epoch; default 2. */
  stepsPerEpoch?: number;
  /** Rate of plain gradient descent; default 0.05. */
  learningRate?: number;
  /** The method's own settings; default `{}`. */
  settings?: Settings;
  /**
   * Images `[N, H, W, C]` in [0, 1] to the method's views of them; default: normalised, and in a
   * little noise, a new one for each view. Called in a `tidy`.
   */
  views?: (images: Tensor4D, rng: Rng, count: number) => Tensor4D[];
  /** Seed of images, draws and methods; default 0. */
  seed?: number;
  /** Does the method need labels, to contrast classes say? Default `false`: it must train the same without. */
  needsLabels?: boolean;
  /** Does the loss stop a gradient that `targets` could have left out? Then differences would not agree. Default `false`. */
  stopsGradients?: boolean;
  /** Steps on one batch and its targets after which the loss of it must be lower; default 12; `false`: no such test. */
  learns?: number | false;
}
