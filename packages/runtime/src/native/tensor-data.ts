import type { CApi, Pointer } from './c-api.js';
import { elementsOf, TF_INT64 } from './dtypes.js';
import { toInt64 } from './int64.js';

/** What tfjs hands over to be written: a typed array, or loose numbers or booleans. */
export type NumericValues = ArrayBufferView | ArrayLike<number | boolean>;

/**
 * A `TF_Tensor` with these values; the caller deletes it.
 *
 * An int64 tensor may also be given as an `Int32Array` of twice the length, low words first, as tfjs-node does.
 *
 * @throws RangeError if there are more or fewer values than the shape holds.
 */
export function tensorOfValues(api: CApi, shape: readonly number[], dtype: number, values: NumericValues): Pointer {
  const { size, array, from } = elementsOf(dtype);
  const bytes = shape.reduce((product, dimension) => product * dimension, size);
  const asIs = values instanceof array || (dtype === TF_INT64 && values instanceof Int32Array);
  const data = asIs ? (values as ArrayBufferView) : from(values as ArrayLike<number>);
  if (data.byteLength !== bytes) {
    throw new RangeError(`A tensor of shape [${shape}] holds ${bytes} bytes, got ${data.byteLength}`);
  }
  const tensor = api.TF_AllocateTensor(dtype, toInt64(shape), shape.length, bytes);
  if (tensor === 0) throw new RangeError(`TensorFlow cannot allocate ${bytes} bytes for a tensor of shape [${shape}]`);
  if (bytes > 0) api.copyTo(api.TF_TensorData(tensor), data, bytes);
  return tensor;
}

/** A copy of the values of a `TF_Tensor`. */
export function valuesOfTensor(api: CApi, tensor: Pointer, dtype: number): ArrayBufferView {
  const { array } = elementsOf(dtype);
  const bytes = api.TF_TensorByteSize(tensor);
  const values = new array(new ArrayBuffer(bytes));
  if (bytes > 0) api.copyFrom(values, api.TF_TensorData(tensor), bytes);
  return values;
}
