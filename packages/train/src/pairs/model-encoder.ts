import type { ImageSource } from '@hcsc/data';
import { type Tensor2D, type Tensor4D, tidy, tile, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Preparation } from '../evaluation-view.js';
import type { OpenEncoder } from './mining-encoder.js';

/** What {@link modelEncoder} makes an encoder of. */
export interface ModelEncoderOptions {
  /** What to call it in errors. */
  readonly name: string;
  readonly source: ImageSource;
  /** What images go through before `embed`. */
  readonly prepare: Preparation;
  /** What they go through in `embed`, with as many channels as the model takes. */
  readonly inner?: Preparation;
  /** What to do about images of another size. */
  readonly advice?: string;
  /** Frees the model. */
  dispose?(): void;
}

/** Images of three equal channels, if these are grey and three are needed. */
const withChannels = (images: Tensor4D, channels: number | null | undefined): Tensor4D =>
  channels === 3 && images.shape[3] === 1 ? tile(images, [1, 1, 1, 3]) : images;

/** `[height, width, channels]` of the images of a source on their way to an encoder that takes so many channels. */
export function shownShape(
  { shape }: ImageSource,
  { prepare, inner, channels }: Pick<ModelEncoderOptions, 'prepare' | 'inner'> & { channels?: number | null },
): [number, number, number] {
  const [, ...shown] = tidy(() => {
    const images = withChannels(prepare(zeros([1, ...shape]) as Tensor4D), channels);
    return inner ? inner(images).shape : images.shape;
  });
  return shown;
}

/**
 * A model as an encoder; grey images are shown to one that takes RGB with three equal channels.
 *
 * @throws RangeError if it takes images of another shape than it would be shown; the model is disposed then.
 */
export function modelEncoder(
  model: LayersModel,
  { name, source, prepare, inner, advice, dispose = () => void model.dispose() }: ModelEncoderOptions,
): OpenEncoder {
  const [, ...taken] = model.inputs[0]!.shape;
  const channels = taken[2];
  try {
    const shown = shownShape(source, { prepare, inner, channels });
    if (taken.length !== 3 || taken.some((length, axis) => length !== null && length !== shown[axis])) {
      const needed = taken.map((length) => length ?? 'any').join(', ');
      throw new RangeError(
        `Cannot embed ${source.name} with ${name}: it takes images [${needed}] (height, width, channels), and is shown [${shown.join(', ')}]${advice ? `: ${advice}` : ''}`,
      );
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    embed: (images) =>
      tidy(() => {
        const own = withChannels(images, channels);
        return model.predict(inner ? inner(own) : own, { batchSize: images.shape[0] }) as Tensor2D;
      }),
    dispose,
  };
}
