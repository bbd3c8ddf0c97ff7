/** What the header of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; a palette counts as RGB. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** The eight bytes that begin a PNG, and the first chunk's length and name. */
const BEGINNING = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** Channels by colour type. */
const CHANNELS = new Map<number, PngHeader['channels']>([
  [0, 1],
  [2, 3],
  [3, 3],
  [4, 2],
  [6, 4],
]);

/**
 * Reads the size of a PNG from its first chunk (PNG specification, 11.2.1).
 *
 * @throws TypeError if the bytes are no PNG.
 */
export function pngHeader(png: Uint8Array): PngHeader {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const channels = bytes.length >= 33 ? CHANNELS.get(bytes[25]!) : undefined;
  if (channels === undefined || !bytes.subarray(0, 16).equals(BEGINNING)) {
    throw new TypeError(`Expected the bytes of a PNG, and got ${png.length} bytes that do not begin as one`);
  }
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), channels };
}
