import type { backend_util } from '@tensorflow/tfjs-core';

/**
 * The padding `[top, bottom, left, right]` with which TensorFlow arrives at an output of `height` and `width`.
 *
 * TensorFlow rounds the number of windows down. Where tfjs has rounded it up (`dimRoundingMode`), rows and columns are
 * added at the end. tfjs does not tell gradients how it has rounded: there the size is that of `dy`.
 */
export function explicitPadding(
  info: backend_util.Conv2DInfo,
  height: number = info.outHeight,
  width: number = info.outWidth,
): [top: number, bottom: number, left: number, right: number] {
  const { top, bottom, left, right } = info.padInfo;
  const rows = (height - 1) * info.strideHeight + info.effectiveFilterHeight;
  const columns = (width - 1) * info.strideWidth + info.effectiveFilterWidth;
  return [top, Math.max(bottom, rows - info.inHeight - top), left, Math.max(right, columns - info.inWidth - left)];
}
