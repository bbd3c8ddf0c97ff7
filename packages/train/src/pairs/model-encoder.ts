import type { ImageSource } from '@hcsc/data';
import { type Tensor2D, type Tensor4D, tidy, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Preparation } from '../evaluation-view.js';
import type { OpenEncoder } from './mining-encoder.js';

/** What {@link modelEncoder} makes an encoder of. */
export interface ModelEncoderOptions {
  /** What to call it in errors. */
  readonly name: string;
  readonly source: ImageSource;
  readonly prepare: Preparation;
  /** What is to be freed besides the model. */
  dispose?(): void;
}

/** `[height, width, channels]` that an encoder is shown of the images of a source. */
export function shownShape({ shape }: ImageSource, prepare: Preparation): [number, number, number] {
  const [, ...shown] = tidy(() => prepare(zeros([1, ...shape]) as Tensor4D).shape);
  return shown as [number, number, number];
}

/**
 * A model as an encoder, which the encoder disposes.
 *
 * @throws RangeError if it takes images of another shape than it would be shown; the model is disposed then.
 */
export function modelEncoder(
  model: LayersModel,
  { name, source, prepare, dispose = () => void model.dispose() }: ModelEncoderOptions,
): OpenEncoder {
  try {
    const shown = shownShape(source, prepare);
    const [, ...taken] = model.inputs[0]!.shape;
    if (taken.length !== 3 || taken.some((length, axis) => length !== null && length !== shown[axis])) {
      const sizes = `[${taken.map((length) => length ?? 'any')}]`;
      throw new RangeError(
        `Cannot embed ${source.name} with ${name}: it takes images ${sizes}, and is shown [${shown}] (height, width, channels)`,
      );
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    embed: (images) => model.predict(images, { batchSize: images.shape[0] }) as Tensor2D,
    dispose,
  };
}
