import type { StoredTensor } from '../dtype.js';
import { fromBfloat16, fromFloat16 } from '../half.js';

/** The values as float32; those that are float32 are not copied. Null for whole numbers and booleans. */
export function toFloat32({ dtype, data }: StoredTensor): Float32Array | null {
  switch (dtype) {
    case 'float32':
      return data;
    case 'float64':
      return Float32Array.from(data);
    case 'float16':
      return fromFloat16(data);
    case 'bfloat16':
      return fromBfloat16(data);
    default:
      return null;
  }
}

/** A convolution's weights from TensorFlow's `[kh, kw, in, out]` to PyTorch's `[out, in, kh, kw]`. */
export function toTorchConvolution(data: Float32Array, [kh, kw, inputs, outputs]: readonly number[]): Float32Array {
  const moved = new Float32Array(data.length);
  const pixels = kh! * kw!;
  for (let pixel = 0, from = 0; pixel < pixels; pixel++) {
    for (let input = 0; input < inputs!; input++) {
      for (let output = 0; output < outputs!; output++)
        moved[(output * inputs! + input) * pixels + pixel] = data[from++]!;
    }
  }
  return moved;
}
