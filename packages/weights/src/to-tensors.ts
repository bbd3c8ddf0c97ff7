import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { StoredTensor } from './dtype.js';
import { fromBfloat16, fromFloat16 } from './half.js';

function toInt32(name: string, dtype: string, data: ArrayLike<number | bigint>): Int32Array {
  const values = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    values[i] = Number(data[i]);
    if (values[i] !== Number(data[i])) {
      throw new RangeError(`Tensor "${name}" (${dtype}) holds ${data[i]}, which TensorFlow.js's int32 cannot`);
    }
  }
  return values;
}

function toTensor(name: string, { dtype, shape, data }: StoredTensor): Tensor {
  const dims = [...shape];
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'bool':
      return tensor(data, dims, dtype);
    case 'float64':
      return tensor(Float32Array.from(data), dims, 'float32');
    case 'float16':
      return tensor(fromFloat16(data), dims, 'float32');
    case 'bfloat16':
      return tensor(fromBfloat16(data), dims, 'float32');
    default:
      return tensor(toInt32(name, dtype, data), dims, 'int32');
  }
}

/**
 * Makes `tf.Tensor`s of what {@link readSafetensors} read, on the current backend.
 *
 * float32, int32 and bool stay what they are; float64 (rounded), float16 and bfloat16 become float32; the other integers
 * become int32. The caller disposes the tensors; nothing is left behind if one cannot be made.
 *
 * @throws RangeError on an integer that int32 cannot hold.
 *
 * @example
 * ```ts
 * const { tensors } = await readSafetensors('encoder.safetensors');
 * const weights = toTensors(tensors);
 * tf.dispose(weights);
 * ```
 */
export function toTensors(tensors: Readonly<Record<string, StoredTensor>>): Record<string, Tensor> {
  return tidy(() =>
    Object.fromEntries(Object.entries(tensors).map(([name, stored]) => [name, toTensor(name, stored)])),
  );
}
