import type { StoredTensor } from './dtype.js';
import { fromBfloat16, fromFloat16 } from './half.js';

/** Bits that all values beyond the finite ones have set, of the dtypes that are kept as bits. */
const exponents: Record<string, number> = { float16: 0x7c00, bfloat16: 0x7f80 };

/** @throws RangeError that names the first NaN or ±Infinity of a tensor; nothing if it is of integers. */
export function checkFinite(name: string, dtype: string, data: StoredTensor['data']): void {
  const refuse = (index: number, value: number) => {
    throw new RangeError(
      `Cannot write tensor "${name}": value ${index} is ${value}, and only finite values were asked for`,
    );
  };
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) refuse(i, data[i]!);
  }
  const exponent = exponents[dtype];
  if (exponent !== undefined && data instanceof Uint16Array) {
    const values = dtype === 'float16' ? fromFloat16 : fromBfloat16;
    const at = data.findIndex((bits) => (bits & exponent) === exponent);
    if (at >= 0) refuse(at, values(data.subarray(at, at + 1))[0]!);
  }
}
