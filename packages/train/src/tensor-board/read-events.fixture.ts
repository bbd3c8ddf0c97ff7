import { readFileSync } from 'node:fs';

/** A value of an event file, however it was written. */
export interface ReadValue {
  readonly tag: string;
  readonly step: number;
  readonly plugin?: string;
  readonly simple?: number;
  /** float_val, doubles of tensor_content, or string_val. */
  readonly tensor?: readonly (number | Buffer)[];
  readonly shape?: readonly number[];
  /** The fields of an `Image` or a `HistogramProto`. */
  readonly fields?: Fields;
}

export type Fields = Map<number, (number | Buffer)[]>;

/** CRC-32C by long division, a bit at a time. */
export function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const odd = (crc ^ (BigInt(byte) >> BigInt(bit))) & 1n;
      crc >>= 1n;
      if (odd) crc ^= 0x82f63b78n;
    }
  }
  return Number(crc ^ 0xffffffffn);
}

const masked = (bytes: Uint8Array): number => {
  const crc = BigInt(slowCrc(bytes));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
};

/** The whole records of a file, their checksums checked; `rest` is what is left of one that was cut. */
export function readRecords(path: string): { records: Buffer[]; rest: number } {
  const bytes = readFileSync(path);
  const records: Buffer[] = [];
  let at = 0;
  while (at + 12 <= bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    if (bytes.readUInt32LE(at + 8) !== masked(bytes.subarray(at, at + 8)))
      throw new Error(`length at ${at} is altered`);
    if (at + 16 + length > bytes.length) break;
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (bytes.readUInt32LE(at + 12 + length) !== masked(data)) throw new Error(`data at ${at} is altered`);
    records.push(data);
    at += 16 + length;
  }
  return { records, rest: bytes.length - at };
}

/** The fields of a message by number. */
export function readFields(bytes: Buffer): Fields {
  const found: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key % 8;
    const length = wire === 0 ? 0 : wire === 1 ? 8 : wire === 5 ? 4 : varint();
    const held = bytes.subarray(at, at + length);
    at += length;
    const numbers = new Map([
      [0, varint],
      [1, () => held.readDoubleLE()],
      [5, () => held.readFloatLE()],
    ]);
    const value = numbers.get(wire)?.() ?? held;
    found.set(key >> 3, [...(found.get(key >> 3) ?? []), value]);
  }
  return found;
}

const inner = (fields: Fields, field: number): Fields => readFields(fields.get(field)![0] as Buffer);

export const doubles = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8));

/** Version, session starts and values of a file, in its order. */
export function readEvents(path: string) {
  const events = readRecords(path).records.map(readFields);
  const starts: number[] = [];
  const values: ReadValue[] = [];
  for (const event of events) {
    const step = (event.get(2)?.[0] as number | undefined) ?? 0;
    if (event.has(7) && inner(event, 7).get(1)![0] === 1) starts.push(step);
    if (event.has(5)) for (const value of inner(event, 5).get(1)!) values.push(readValue(step, value as Buffer));
  }
  return { version: String(events[0]?.get(3)?.[0]), times: events.map((e) => e.get(1)![0] as number), starts, values };
}

function readValue(step: number, bytes: Buffer): ReadValue {
  const value = readFields(bytes);
  const tag = String(value.get(1)![0]);
  if (value.has(2)) return { tag, step, simple: value.get(2)![0] as number };
  const classic = value.has(4) ? 4 : value.has(5) ? 5 : 0;
  if (classic) return { tag, step, fields: inner(value, classic) };
  const plugin = String(inner(inner(value, 9), 1).get(1)![0]);
  const tensor = inner(value, 8);
  const shape = (inner(tensor, 2).get(2) ?? []).map((size) => readFields(size as Buffer).get(1)![0] as number);
  const contents = {
    1: () => [(tensor.get(5)![0] as Buffer).readFloatLE(0)],
    2: () => doubles(tensor.get(4)![0] as Buffer),
    7: () => tensor.get(8)!,
  }[tensor.get(1)![0] as 1 | 2 | 7];
  return { tag, step, plugin, shape, tensor: contents() };
}
