/**
 * Protocol buffers, as far as writing goes: each function gives the bytes of one field, and a message is its fields one
 * after the other. Fields that have their default (0, '') are for the caller to leave out.
 */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** An integer from 0 to 2^53 - 1 in groups of 7 bits, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

const key = (field: number, wire: number): Uint8Array => varint(field * 8 + wire);

/** A message of these fields. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

/** A field of type int32, int64, uint32, uint64, bool or enum that is not negative. */
export function integerField(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, VARINT), varint(value)]);
}

/** A field of type double. */
export function doubleField(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, FIXED64), float64Bytes([value])]);
}

/** A field of type float. */
export function floatField(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, FIXED32), float32Bytes([value])]);
}

/** A field of type string, bytes or message, or a packed field. */
export function bytesField(field: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([key(field, LENGTH), varint(bytes.length), bytes]);
}

/** Floats as they are packed: 4 bytes each, the lowest first. */
export function float32Bytes(values: ArrayLike<number>): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i]!, i * 4);
  return bytes;
}

/** Doubles as they are packed: 8 bytes each, the lowest first. */
export function float64Bytes(values: ArrayLike<number>): Uint8Array {
  const bytes = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++) bytes.writeDoubleLE(values[i]!, i * 8);
  return bytes;
}
