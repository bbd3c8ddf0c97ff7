import type { CApi, Pointer } from './c-api.js';
import { TF_STRING } from './dtypes.js';
import { toInt64 } from './int64.js';

/** The size of a `TF_TString`: short strings lie in it, longer ones behind a pointer. */
const stringSize = 24;

const encoder = new TextEncoder();

/**
 * A `TF_Tensor` of strings, `[values.length]`; the caller deletes it with {@link deleteStrings}.
 *
 * @throws TypeError if one is neither a text nor bytes.
 */
export function tensorOfStrings(api: CApi, values: readonly (Uint8Array | string)[]): Pointer {
  const tensor = api.TF_AllocateTensor(TF_STRING, toInt64([values.length]), 1, values.length * stringSize);
  if (tensor === 0) throw new RangeError(`TensorFlow cannot allocate ${values.length} strings`);
  const data = api.TF_TensorData(tensor);
  for (let i = 0; i < values.length; i++) api.TF_StringInit(data + i * stringSize);
  try {
    values.forEach((value, i) => {
      const bytes = typeof value === 'string' ? encoder.encode(value) : value;
      if (!(bytes instanceof Uint8Array))
        throw new TypeError(`String ${i} is to be text or bytes, got ${typeof value}`);
      api.TF_StringCopy(data + i * stringSize, bytes, bytes.length);
    });
  } catch (error) {
    deleteStrings(api, tensor);
    throw error;
  }
  return tensor;
}

/** Deletes what {@link tensorOfStrings} has made, long strings included: `TF_DeleteTensor` alone forgets them. */
export function deleteStrings(api: CApi, tensor: Pointer): void {
  const data = api.TF_TensorData(tensor);
  const count = api.TF_TensorByteSize(tensor) / stringSize;
  for (let i = 0; i < count; i++) api.TF_StringDealloc(data + i * stringSize);
  api.TF_DeleteTensor(tensor);
}

/** A copy of the strings of a `TF_Tensor`, as bytes. */
export function stringsOfTensor(api: CApi, tensor: Pointer): Uint8Array[] {
  const data = api.TF_TensorData(tensor);
  const count = api.TF_TensorByteSize(tensor) / stringSize;
  return Array.from({ length: count }, (_, i) => {
    const string = data + i * stringSize;
    const bytes = new Uint8Array(api.TF_StringGetSize(string));
    if (bytes.length > 0) api.copyFrom(bytes, api.TF_StringGetDataPointer(string), bytes.length);
    return bytes;
  });
}
