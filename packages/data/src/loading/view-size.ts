import { centerOf } from '../transforms/center-crop.js';
import { assertKernel } from '../transforms/gaussian-blur.js';
import type { HostStep, Size } from '../transforms/host-step.js';
import { assertPerChannel } from '../transforms/normalize.js';
import { resizedSize } from '../transforms/resize.js';

/**
 * The size that steps give, from images of the size given, or of any if that is null; null if it cannot be told.
 *
 * @throws RangeError for a step that cannot be done on any such image: what the workers would find wrong with each.
 */
export function sizeAfter(steps: readonly HostStep[], channels: number, from: Size | null): Size | null {
  return steps.reduce<Size | null>((size, step) => {
    switch (step.step) {
      case 'randomResizedCrop':
        return step.size;
      case 'centerCrop':
        if (size) centerOf(size, step.size);
        return step.size;
      case 'resize':
        return size ? resizedSize(size, step.size) : typeof step.size === 'number' ? null : step.size;
      case 'gaussianBlur':
        if (size && step.kernel !== null) assertKernel(step.kernel, size[0], size[1]);
        return size;
      case 'normalize':
        assertPerChannel(channels, step.mean, step.standardDeviation);
        return size;
      default:
        return size;
    }
  }, from);
}
