/** The typed array that holds each dtype; `float16` and `bfloat16` as their raw bits, `bool` as 0 and 1. */
export interface ArrayOfDtype {
  bool: Uint8Array;
  uint8: Uint8Array;
  int8: Int8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
}

/** A dtype that can be written and read. */
export type StoredDtype = keyof ArrayOfDtype;

/** A tensor as a file holds it: row-major values, no backend behind them. */
export type StoredTensor = {
  [D in StoredDtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ArrayOfDtype[D] };
}[StoredDtype];

interface DtypeInfo {
  /** The name in the file's header. */
  readonly code: string;
  /** Bytes per value. */
  readonly bytes: number;
  readonly array: new (buffer: ArrayBuffer) => ArrayOfDtype[StoredDtype];
}

/** Every dtype, in the order in which the reference implementation ranks them: tensors of a higher rank stand first in a file. */
export const dtypes: { readonly [D in StoredDtype]: DtypeInfo } = {
  bool: { code: 'BOOL', bytes: 1, array: Uint8Array },
  uint8: { code: 'U8', bytes: 1, array: Uint8Array },
  int8: { code: 'I8', bytes: 1, array: Int8Array },
  int16: { code: 'I16', bytes: 2, array: Int16Array },
  uint16: { code: 'U16', bytes: 2, array: Uint16Array },
  float16: { code: 'F16', bytes: 2, array: Uint16Array },
  bfloat16: { code: 'BF16', bytes: 2, array: Uint16Array },
  int32: { code: 'I32', bytes: 4, array: Int32Array },
  uint32: { code: 'U32', bytes: 4, array: Uint32Array },
  float32: { code: 'F32', bytes: 4, array: Float32Array },
  float64: { code: 'F64', bytes: 8, array: Float64Array },
  int64: { code: 'I64', bytes: 8, array: BigInt64Array },
  uint64: { code: 'U64', bytes: 8, array: BigUint64Array },
};

/** The place of each dtype in that order. */
export const dtypeRank = new Map(Object.keys(dtypes).map((dtype, rank) => [dtype as StoredDtype, rank]));

/** The dtype of each header name. */
export const dtypeOfCode = new Map(Object.entries(dtypes).map(([dtype, { code }]) => [code, dtype as StoredDtype]));

/** How many values a shape holds; 1 for a scalar's `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}
