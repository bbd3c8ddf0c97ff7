/**
 * How evenly images are shared among prototypes: the entropy of the cluster sizes over its largest value, −Σ p ln p / ln K.
 *
 * 1 if all prototypes have as many images, 0 if one has all of them; 1 for a single prototype.
 *
 * @param counts The images of each of the K prototypes.
 * @throws RangeError if there are none, one is negative or not finite, or all are 0.
 *
 * @example
 * ```ts
 * clusterBalance([10, 10, 10]); // 1
 * clusterBalance([30, 0, 0]); // 0
 * clusterBalance(await level.counts.data());
 * ```
 */
export function clusterBalance(counts: ArrayLike<number>): number {
  const sizes = Array.from(counts);
  const wrong = sizes.findIndex((size) => !(size >= 0 && size < Number.POSITIVE_INFINITY));
  if (wrong >= 0) {
    throw new RangeError(`Cannot weigh a cluster of ${sizes[wrong]} images (number ${wrong}): give 0 or more`);
  }
  const images = sizes.reduce((a, b) => a + b, 0);
  if (images === 0) {
    throw new RangeError(`Cannot weigh ${sizes.length} clusters without images: give at least 1 image`);
  }
  if (sizes.length === 1) return 1;
  let entropy = 0;
  for (const size of sizes) if (size > 0) entropy -= (size / images) * Math.log(size / images);
  return Math.min(1, entropy / Math.log(sizes.length));
}
