import type { Rng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Options of {@link testBackbone}. */
export interface TestBackboneOptions {
  /** `[height, width, channels]` of an image; default: the model's own, 8 for a height or width that it leaves open. */
  imageShape?: readonly [number, number, number];
  /** Width of the features, the last axis of the last output; default: what the model says. */
  features?: number;
  /** Images in a batch; default 4. */
  batchSize?: number;
  /** Does training move weights that no gradient does, such as batch statistics? Default: if the model has such weights. */
  movesStatistics?: boolean;
  /** Does training draw random numbers, for dropout say? Then gradients are tested in inference only. Default `false`. */
  drawsInTraining?: boolean;
  /** Seed of the images; default 0. */
  seed?: number;
}

/** What the parts of the suite are made of. */
export interface BackboneSuite {
  readonly options: TestBackboneOptions;
  readonly batchSize: number;
  readonly drawsInTraining: boolean;
  /** Makes a model that the case disposes. */
  readonly factory: () => LayersModel;
  /** Adds a case: a fresh model, a batch and a stream of random numbers, of which the first two are disposed afterwards. */
  check(title: string, body: (model: LayersModel, images: Tensor4D, rng: Rng) => void | Promise<void>): void;
  /** Adds a case of nothing. */
  checkAlone(title: string, body: () => void): void;
}
