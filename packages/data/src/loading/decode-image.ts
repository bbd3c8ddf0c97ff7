import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import sharp from 'sharp';
import type { EncodedImage } from '../sources/encoded-images.js';

/** A decoded image: bytes `[height, width, channels]`. */
export interface DecodedImage {
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly width: number;
}

// A worker decodes one image while it renders another; more threads each would only be in each other's way.
sharp.concurrency(1);
sharp.cache(false);

/**
 * Decodes a JPEG, PNG or WebP image as PIL's `convert('RGB')` and `convert('L')` do: upright by its EXIF orientation,
 * 8 bits, colours in sRGB, transparency left out.
 *
 * @throws Error if the image cannot be read whole.
 */
export async function decodeImage(image: EncodedImage, channels: 1 | 3): Promise<DecodedImage> {
  const { data, info } = await sharp(inputOf(image), { failOn: 'truncated', autoOrient: true })
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { height, width } = info;
  return { bytes: channels === 3 ? data : greyOf(data), height, width };
}

function inputOf({ path, offset = 0, length: given }: EncodedImage): string | Buffer {
  if (offset === 0 && given === undefined) return path;
  const file = openSync(path, 'r');
  try {
    const length = given ?? Math.max(0, fstatSync(file).size - offset);
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(file, bytes, 0, length, offset);
    if (read < length) throw new Error(`expected ${length} bytes at offset ${offset}, found ${read}`);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** PIL's weights, in its fixed point; what is grey already stays exactly as it is. */
function greyOf(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return grey;
}
