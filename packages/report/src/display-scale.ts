import type { ReportImage } from './prototype-tree.js';

/** The longest side among these images, in pixels; 0 of none. */
export function longestSide(images: readonly ReportImage[]): number {
  return images.reduce((longest, { width, height }) => Math.max(longest, width, height), 0);
}

/**
 * By how much to show images whose longest side is `longest`: enlarged by a whole factor that keeps it within
 * `enlargeTo`, so that pixels stay squares, or shrunk to `shrinkTo`.
 */
export function displayScale(longest: number, enlargeTo: number, shrinkTo: number): number {
  return longest > shrinkTo ? shrinkTo / longest : Math.max(1, Math.floor(enlargeTo / longest));
}
