import { encode } from 'fast-png';
import type { ReportImage } from './prototype-tree.js';

/** Shrinks an image to at most `side` pixels a side; each new pixel is the mean of those it covers. */
export function shrink(image: ReportImage, side: number): ReportImage {
  const { width, height, channels, data } = image;
  const scale = side / Math.max(width, height);
  if (scale >= 1) return image;
  const [newWidth, newHeight] = [width, height].map((old) => Math.max(1, Math.round(old * scale))) as [number, number];
  const pixels = new Uint8Array(newWidth * newHeight * channels);
  for (let row = 0; row < newHeight; row++) {
    const top = Math.floor((row * height) / newHeight);
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / newHeight));
    for (let column = 0; column < newWidth; column++) {
      const left = Math.floor((column * width) / newWidth);
      const right = Math.max(left + 1, Math.floor(((column + 1) * width) / newWidth));
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) sum += data[(y * width + x) * channels + channel]!;
        }
        pixels[(row * newWidth + column) * channels + channel] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return { ...image, width: newWidth, height: newHeight, data: pixels };
}

/** An image as a PNG in a data URI. */
export function pngDataUri({ width, height, channels, data }: ReportImage): string {
  const png = encode({ width, height, channels, data, depth: 8 }, { zlib: { level: 9 } });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** What the raw pixels of all thumbnails of one kind may take. */
const BYTES = 2_000_000;

/**
 * How many pixels a side thumbnails may have so that all of them together stay within 2 MB of raw pixels: at most
 * `most`, at least 12.
 */
export function thumbnailSide(images: readonly ReportImage[], most = 64): number {
  const channels = images.reduce((sum, image) => sum + image.channels, 0);
  return Math.max(12, Math.min(most, Math.floor(Math.sqrt(BYTES / Math.max(1, channels)))));
}
