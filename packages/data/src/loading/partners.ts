import type { PairedImages } from '../sources/image-source.js';

/** The items of a batch whose second image is not the first. */
export interface Partners {
  /** Where they are in the batch. */
  readonly rows: Int32Array;
  /** Their second images. */
  readonly images: Int32Array;
}

/** Finds what has to be read for the second images of a batch, beside the first ones. */
export function partnersOf({ members: [first, second] }: PairedImages, items: Int32Array): Partners {
  const rows = Int32Array.from(items.keys()).filter((row) => first[items[row]!] !== second[items[row]!]);
  return { rows, images: rows.map((row) => second[items[row]!]!) };
}
