import { createRng } from '@hcsc/random';

/** Throws unless there may be such a share and seed. */
export function checkShare(share: number, seed: number): void {
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Cannot mine pairs among a share of ${share} of the images: give one above 0, up to 1`);
  }
  createRng(seed); // refuses what is no seed
}

/**
 * The positions of a share of so many images, in rising order; a larger share of the same seed has all of a smaller one.
 *
 * @throws RangeError if it has fewer than 2.
 */
export function chosenImages(images: number, share: number, seed: number): Int32Array {
  const count = Math.round(images * share);
  if (count < 2) {
    throw new RangeError(
      `Cannot mine pairs among ${count} ${count === 1 ? 'image' : 'images'}, a share of ${share} of ${images}: give a share with at least 2`,
    );
  }
  if (count === images) return Int32Array.from({ length: images }, (_, i) => i);
  return Int32Array.from(createRng(seed).fork('images to mine').permutation(images).subarray(0, count)).sort();
}
