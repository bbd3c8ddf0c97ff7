/** TensorFlow's numbers for the dtypes tfjs knows or meets inside (`tf_datatype.h`). */
export const TF_FLOAT = 1;
export const TF_INT32 = 3;
export const TF_UINT8 = 4;
export const TF_STRING = 7;
export const TF_COMPLEX64 = 8;
export const TF_INT64 = 9;
export const TF_BOOL = 10;
export const TF_RESOURCE = 20;

/** How JavaScript sees the elements of a dtype. */
interface Elements {
  /** Bytes of one element. */
  readonly size: number;
  /** An array over memory: complex numbers are pairs of floats. */
  readonly array: new (
    buffer: ArrayBuffer,
  ) => ArrayBufferView;
  /** The array made of loose numbers; booleans and numbers may stand for each other. */
  readonly from: (values: ArrayLike<number>) => ArrayBufferView;
}

const elements: Readonly<Record<number, Elements>> = {
  [TF_FLOAT]: { size: 4, array: Float32Array, from: (values) => Float32Array.from(values) },
  [TF_INT32]: { size: 4, array: Int32Array, from: (values) => Int32Array.from(values) },
  [TF_UINT8]: { size: 1, array: Uint8Array, from: (values) => Uint8Array.from(values) },
  [TF_BOOL]: { size: 1, array: Uint8Array, from: (values) => Uint8Array.from(values) },
  [TF_COMPLEX64]: { size: 8, array: Float32Array, from: (values) => Float32Array.from(values) },
  [TF_INT64]: {
    size: 8,
    array: BigInt64Array,
    from: (values) => BigInt64Array.from(Array.from(values), (value) => BigInt(value)),
  },
};

/** @throws TypeError for a dtype whose elements cannot cross to JavaScript. */
export function elementsOf(dtype: number): Elements {
  const known = elements[dtype];
  if (known === undefined) throw new TypeError(`Tensors of TensorFlow's dtype ${dtype} cannot be read or written`);
  return known;
}
