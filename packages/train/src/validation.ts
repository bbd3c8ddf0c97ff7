import type { ImageSource } from '@hcsc/data';
import type { Preparation } from './evaluation-view.js';
import type { Method } from './method.js';

/** What a validation may use. */
export interface ValidationContext {
  readonly epoch: number;
  /** The method in training; its encoder has batch norm's running statistics in inference mode. */
  readonly method: Method;
  /** The training images. */
  readonly source: ImageSource;
  /** Images `[N, H, W, C]` in [0, 1] to what the encoder is shown of them. */
  readonly prepare: Preparation;
}

/** A measure of features in the making, such as kNN on a held-out part of the images. */
export interface Validation {
  /** Epochs between two; the last epoch always has one. Default 1. */
  readonly every?: number;
  /** Figures by name, logged with the epoch under `validation`. Must not change the method. */
  figures(context: ValidationContext): Promise<Readonly<Record<string, number>>>;
}
