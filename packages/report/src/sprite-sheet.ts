import { encode } from 'fast-png';
import { checkImage } from './check-image.js';
import type { ReportImage } from './prototype-tree.js';
import { shrink } from './thumbnail.js';

/** Options of {@link spriteSheet}. */
export interface SpriteSheetOptions {
  /** Larger images are shrunk to this many pixels a side. Default 64. */
  shrinkTo?: number;
}

/** Images on one sheet, see {@link spriteSheet}. */
export interface SpriteSheet {
  /** The file's bytes. */
  readonly png: Uint8Array;
  /** Pixels of one image. */
  readonly imageWidth: number;
  readonly imageHeight: number;
}

/** What browsers show as one image, pixels a side. */
const LONGEST = 8192;

/**
 * Puts images side by side, without gaps, in as many rows as columns, row by row from the top left: what TensorBoard's
 * projector shows its points by. Places without an image are black.
 *
 * @param images at least one, all of one size and number of channels; of four channels the first three are taken.
 * @returns the sheet as a PNG of 8 bits a channel, grey or RGB as the images are.
 * @throws RangeError if there is no image, they differ in size or channels, pixels do not fit a size, `shrinkTo` is no
 * integer of at least 1, or the sheet would be longer than 8,192 pixels.
 *
 * @example
 * ```ts
 * const { png, imageWidth, imageHeight } = spriteSheet(images, { shrinkTo: 32 });
 * ```
 */
export function spriteSheet(images: readonly ReportImage[], { shrinkTo = 64 }: SpriteSheetOptions = {}): SpriteSheet {
  if (images.length === 0) throw new RangeError('A sheet needs at least one image, got none');
  if (!Number.isInteger(shrinkTo) || shrinkTo < 1) {
    throw new RangeError(`Cannot shrink images to ${shrinkTo} pixels: give an integer of at least 1`);
  }
  const sizeOf = ({ width, height, channels }: ReportImage) => `${width} × ${height} × ${channels}`;
  for (const [i, image] of images.entries()) {
    checkImage(image, `Image ${i}`);
    if (sizeOf(image) !== sizeOf(images[0]!)) {
      throw new RangeError(`Image ${i} is ${sizeOf(image)} and image 0 ${sizeOf(images[0]!)}: give images of one size`);
    }
  }
  const side = Math.ceil(Math.sqrt(images.length));
  const { width: imageWidth, height: imageHeight } = shrink(images[0]!, shrinkTo);
  const [width, height] = [side * imageWidth, side * imageHeight];
  if (Math.max(width, height) > LONGEST) {
    throw new RangeError(
      `Cannot put ${images.length} images of ${imageWidth} × ${imageHeight} on a sheet of at most ${LONGEST} pixels a side: give fewer, or a smaller shrinkTo`,
    );
  }
  const channels = images[0]!.channels === 1 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (const [i, image] of images.entries()) {
    const { data: pixels, channels: given } = shrink(image, shrinkTo);
    const [left, top] = [(i % side) * imageWidth, Math.floor(i / side) * imageHeight];
    for (let pixel = 0; pixel < imageWidth * imageHeight; pixel++) {
      const [x, y] = [left + (pixel % imageWidth), top + Math.floor(pixel / imageWidth)];
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = pixels[pixel * given + c]!;
    }
  }
  return { png: encode({ width, height, channels, data, depth: 8 }, { zlib: { level: 6 } }), imageWidth, imageHeight };
}
