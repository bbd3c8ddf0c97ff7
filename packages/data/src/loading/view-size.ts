import type { HostStep, Size } from '../transforms/host-step.js';
import { resizedSize } from '../transforms/resize.js';

/** The size that steps give, from images of the size given, or of any if that is null; null if it cannot be told. */
export function sizeAfter(steps: readonly HostStep[], from: Size | null): Size | null {
  return steps.reduce<Size | null>((size, step) => {
    switch (step.step) {
      case 'randomResizedCrop':
      case 'centerCrop':
        return step.size;
      case 'resize':
        return size ? resizedSize(size, step.size) : typeof step.size === 'number' ? null : step.size;
      default:
        return size;
    }
  }, from);
}
