import type { ReportImage } from './prototype-tree.js';

/** Throws a RangeError unless the pixels fit the image's size; `where` begins its sentence. */
export function checkImage({ width, height, channels, data }: ReportImage, where: string): void {
  if (![1, 3, 4].includes(channels)) throw new RangeError(`${where} has ${channels} channels: give 1, 3 or 4`);
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`${where} is of size ${width} × ${height}: give at least one pixel`);
  }
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `${where} of ${width} × ${height} × ${channels} needs ${width * height * channels} values, got ${data.length}`,
    );
  }
}
