import { Tensor } from '@tensorflow/tfjs-core';
import { type ArrayOfDtype, dtypes, type StoredDtype, type StoredTensor, sizeOf } from './dtype.js';
import { isCountable, mostDimensions } from './header.js';

/** A tensor that was given to be written, before its values are looked at. */
export interface GivenTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
}

/**
 * A tensor's name, dtype and shape, if a file can hold it.
 *
 * @param held the dtypes that files of the format hold.
 * @throws TypeError on another dtype, or data of another dtype; RangeError if the shape is none or does not fit the data.
 */
export function givenTensor(
  name: string,
  tensor: Tensor | StoredTensor,
  held: readonly StoredDtype[],
  format: string,
): GivenTensor {
  const { shape } = tensor;
  const dtype = held.find((dtype) => dtype === tensor.dtype);
  if (!dtype) {
    throw new TypeError(
      `Cannot write tensor "${name}" of dtype ${tensor.dtype}: ${format} files hold ${held.join(', ')}`,
    );
  }
  if (shape.length > mostDimensions) {
    throw new RangeError(
      `Cannot write tensor "${name}": at most ${mostDimensions} dimensions are kept, it has ${shape.length}`,
    );
  }
  if (!isCountable(shape, dtypes[dtype].bytes)) {
    throw new RangeError(`Cannot write tensor "${name}": its shape [${shape}] is beyond 2^53 bytes`);
  }
  if (tensor instanceof Tensor) return { name, dtype, shape };
  if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) {
    throw new RangeError(`Cannot write tensor "${name}": its shape should be whole numbers, got [${shape}]`);
  }
  if (!(tensor.data instanceof dtypes[dtype].array)) {
    throw new TypeError(`Cannot write tensor "${name}": dtype ${dtype} needs a ${dtypes[dtype].array.name}`);
  }
  if (tensor.data.length !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot write tensor "${name}": shape [${shape}] needs ${sizeOf(shape)} values, got ${tensor.data.length}`,
    );
  }
  return { name, dtype, shape };
}

/** A tensor's values, read from its backend if it has one; they must take as many bytes as its shape and dtype say. */
export async function givenValues(
  { name, dtype, shape }: GivenTensor,
  tensor: Tensor | StoredTensor,
): Promise<ArrayOfDtype[StoredDtype]> {
  const data = tensor instanceof Tensor ? await tensor.data() : tensor.data;
  const expected = sizeOf(shape) * dtypes[dtype].bytes;
  if (data.byteLength !== expected) {
    throw new Error(`Cannot write tensor "${name}": expected ${expected} bytes, its backend gave ${data.byteLength}`);
  }
  return data;
}

/** The bytes behind an array. */
export function bytesBehind({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
