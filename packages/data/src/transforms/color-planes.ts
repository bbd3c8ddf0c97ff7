import {
  add,
  clipByValue,
  mul,
  reshape,
  stack,
  type Tensor,
  type Tensor4D,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';

/**
 * Images as one matrix `[n, height · width]` for each colour, or as one `[n, height · width · channels]` if they are not
 * RGB: so no operation has to broadcast over channels, which is slow on every backend.
 */
export function planesOf(images: Tensor4D): Tensor[] {
  const [n, height, width, channels] = images.shape;
  if (channels !== 3) return [reshape(images, [n, -1])];
  return unstack(reshape(transpose(reshape(images, [-1, 3])), [3, n, height * width]));
}

/** The inverse of {@link planesOf}. */
export function fromPlanes(planes: readonly Tensor[], shape: Tensor4D['shape']): Tensor4D {
  if (planes.length === 1) return reshape(planes[0]!, shape);
  return reshape(transpose(reshape(stack([...planes]), [3, -1])), shape);
}

/** The luminance of three planes; a single one is its own. */
export function grayPlane(planes: readonly Tensor[]): Tensor {
  const [red, green, blue] = planes;
  if (!green || !blue) return red!;
  return add(add(mul(red!, 0.2989), mul(green, 0.587)), mul(blue, 0.114));
}

/** clamp(own·x + offset) of each plane. */
export function blendPlanes(planes: readonly Tensor[], own: Tensor, offset: Tensor | null): Tensor[] {
  return planes.map((plane) => {
    const scaled = mul(plane, own);
    return clipByValue(offset ? add(scaled, offset) : scaled, 0, 1);
  });
}
