import type { ImageSource } from '../sources/image-source.js';

/** What has to be read for a batch. */
export interface BatchImages {
  /** Where the images are: the source itself, or the one that its pairs are of. */
  readonly of: ImageSource;
  /** Their positions: the first image of every row, and then the second ones of the rows in `partners`. */
  readonly images: Int32Array;
  /** The rows whose second image is not the first one; null for a source without pairs. */
  readonly partners: Int32Array | null;
}

/** Lists the images of a batch, those that are both images of an item once. */
export function batchImages(source: ImageSource, items: Int32Array): BatchImages {
  if (!source.paired) return { of: source, images: items, partners: null };
  const { of, members } = source.paired;
  const [first, second] = members.map((member) => items.map((item) => member[item]!)) as [Int32Array, Int32Array];
  const partners = Int32Array.from(items.keys()).filter((row) => first[row] !== second[row]);
  return { of, images: Int32Array.from([...first, ...partners.map((row) => second[row]!)]), partners };
}
