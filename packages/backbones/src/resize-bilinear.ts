import { matMul, reshape, type Tensor2D, type Tensor4D, tensor2d, tidy } from '@tensorflow/tfjs-core';

/** `[to, from]`: row i has the shares of a line's pixels in pixel i of the resized line. */
function interpolation(from: number, to: number): Tensor2D {
  const shares = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.floor(at);
    const high = Math.min(low + 1, from - 1);
    shares[i * from + low]! += low + 1 - at;
    shares[i * from + high]! += at - low;
  }
  return tensor2d(shares, [to, from]);
}

/**
 * Resizes maps `[N, H, W, C]` bilinearly with half-pixel centres and no antialias, as PyTorch's `interpolate` with
 * `align_corners=False`: pixel i is taken at max(0, (i + ½) · from / to − ½).
 *
 * By matrix products over height and over width: the gradient of `tf.image.resizeBilinear` passes over half-pixel
 * centres on every backend. A map that has the size is given back as it is.
 */
export function resizeBilinear(x: Tensor4D, [height, width]: readonly [number, number]): Tensor4D {
  return tidy(() => {
    const [n, h, w, c] = x.shape;
    let y = x;
    if (h !== height) {
      const rows = reshape(y, [n, h, w * c]);
      y = reshape(matMul(interpolation(h, height), rows), [n, height, w, c]);
    }
    if (w !== width) {
      const columns = reshape(y, [n * height, w, c]);
      y = reshape(matMul(interpolation(w, width), columns), [n, height, width, c]);
    }
    return y;
  });
}
