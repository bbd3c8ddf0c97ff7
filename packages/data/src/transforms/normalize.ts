import { div, sub, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { HostStep } from './host-step.js';
import { assertImages, type Transform } from './transform.js';

/**
 * Subtracts the mean and divides by the standard deviation of each channel.
 *
 * @param mean One number per channel, or one for all, on the scale 0 to 1.
 * @param standardDeviation As `mean`; above 0.
 * @throws RangeError if a deviation is not above 0, or (when used) if the images have another number of channels.
 *
 * @example
 * ```ts
 * const imagenet = normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
 * ```
 */
export function normalize(mean: readonly number[], standardDeviation: readonly number[]): Transform {
  assertStatistics(mean, standardDeviation);
  const transform = (images: Tensor4D) => {
    assertImages(images);
    assertPerChannel(images.shape[3], mean, standardDeviation);
    return tidy(() => div(sub(images, tensor1d([...mean])), tensor1d([...standardDeviation])) as Tensor4D);
  };
  const host: HostStep = { step: 'normalize', mean: [...mean], standardDeviation: [...standardDeviation] };
  return Object.assign(transform, { host });
}

/** Throws a RangeError unless these are numbers to normalise by. */
export function assertStatistics(mean: readonly number[], standardDeviation: readonly number[]): void {
  if (!mean.every(Number.isFinite) || !standardDeviation.every((s) => s > 0 && Number.isFinite(s))) {
    throw new RangeError(
      `Cannot normalise by mean [${mean}] and standard deviation [${standardDeviation}]: give finite numbers, deviations above 0`,
    );
  }
}

/** Throws a RangeError unless each list has a number per channel, or one for all. */
export function assertPerChannel(channels: number, ...lists: readonly (readonly number[])[]): void {
  for (const { length } of lists) {
    if (length !== channels && length !== 1) {
      throw new RangeError(`Cannot normalise ${channels} channels by ${length} numbers: give ${channels}, or 1`);
    }
  }
}
