import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Preparation } from '../evaluation-view.js';
import type { PairContext } from './pair-plan.js';

/** An encoder that is ready to embed images. */
export interface OpenEncoder {
  /** Prepared images `[n, H, W, C]` to features `[n, D]` of any length; the caller disposes them. */
  embed(images: Tensor4D): Tensor2D;
  /** Frees what it holds; embeds nothing any more. */
  dispose(): void;
}

/**
 * What tells how alike images are: `trainedEncoder`, `encoderFrom`, `untrainedEncoder` and `pixelEncoder` make one.
 *
 * @example
 * ```ts
 * const brightness: MiningEncoder = {
 *   name: 'brightness',
 *   options: {},
 *   open: async () => ({ embed: (images) => tf.mean(images, [1, 2]) as tf.Tensor2D, dispose() {} }),
 * };
 * ```
 */
export interface MiningEncoder {
  /** A name for logs and tables. */
  readonly name: string;
  /** What decides on its features, as plain JSON: those of an encoder of another name or other options are not taken for its. */
  readonly options: Readonly<Record<string, unknown>>;
  /** How images are shown to it. Default: as the recipe that is trained on the pairs shows them, `prepare` of the context. */
  readonly prepare?: Preparation;
  /**
   * What decides on its features besides, as plain JSON, as far as that can be told before it is opened: a checksum of its
   * weights, say. Features are its own whatever they have where this has null.
   *
   * Rejects if it cannot be opened in any case.
   */
  identify?(context: PairContext): Promise<Readonly<Record<string, unknown>>>;
  /** Makes it ready, which may take as long as training it does; the caller disposes it. */
  open(context: PairContext): Promise<OpenEncoder>;
}
