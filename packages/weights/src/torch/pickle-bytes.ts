import { Refusal } from './file-bytes.js';

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of a pickle, read one after the other; what is not there is refused. */
export class PickleBytes {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    /** The position of the next byte. */
    public at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The position of the next `length` bytes, which are passed. */
  skip(length: number): number {
    if (length > this.bytes.length - this.at) {
      throw new Refusal(`${length} bytes should follow, there are ${this.bytes.length - this.at}`);
    }
    this.at += length;
    return this.at - length;
  }

  byte(): number {
    return this.bytes[this.skip(1)]!;
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  string(length: number): string {
    const begin = this.skip(length);
    try {
      return text.decode(this.bytes.subarray(begin, begin + length));
    } catch {
      throw new Refusal('text should be UTF-8');
    }
  }

  /** Text up to the end of a line. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new Refusal('a name should end with a line');
    const line = this.string(Math.min(end - this.at, 1000));
    this.at = end + 1;
    return line;
  }

  /** A whole number of two's complement, the lowest byte first. */
  long(length: number): number | bigint {
    const begin = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[begin + i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  /** Rounded, where it is beyond 2^53. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  /** The highest byte first, unlike all others. */
  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }
}
