import { matMul, reshape, type Tensor, type Tensor3D, type Tensor4D, tidy, transpose } from '@tensorflow/tfjs-core';

/**
 * Multiplies every image by its own two matrices, from the left and (transposed) from the right: what resizing, cropping,
 * mirroring and separable filters all are.
 *
 * @param images `[n, height, width, channels]`.
 * @param rows `[n, newHeight, height]`.
 * @param columns `[n, newWidth, width]`.
 * @returns `[n, newHeight, newWidth, channels]`; the caller disposes it.
 */
export function resample(images: Tensor4D, rows: Tensor, columns: Tensor): Tensor4D {
  const [n, height, width, channels] = images.shape;
  const [newHeight, newWidth] = [rows.shape[1]!, columns.shape[1]!];
  return tidy(() => {
    const down = matMul(rows as Tensor3D, reshape(images, [n, height, width * channels]) as Tensor3D);
    if (channels === 1) {
      return reshape(matMul(down, columns as Tensor3D, false, true), [n, newHeight, newWidth, 1]);
    }
    const channelsFirst = transpose(reshape(down, [n, newHeight, width, channels]), [0, 1, 3, 2]);
    const across = matMul(reshape(channelsFirst, [n, newHeight * channels, width]), columns as Tensor3D, false, true);
    return transpose(reshape(across, [n, newHeight, channels, newWidth]), [0, 1, 3, 2]) as Tensor4D;
  });
}
