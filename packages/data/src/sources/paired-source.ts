import type { ImageSource } from './image-source.js';
import { pairedItems } from './paired-items.js';

/**
 * Adds positive pairs of different images to the images of a source, as SPPS trains on them: the augmented images ∪ the
 * semantic pairs.
 *
 * The N + P items are the images, each with itself, (0, 0), …, (N − 1, N − 1), and then the pairs (a, b). `read`, `labels`
 * and `originals` are of the first images; `loader` gives the second ones as `batch.second`, `viewLoader` makes its second
 * view of them. Nothing is copied. Under `onUnreadable: 'skip'`, either image of a pair is replaced as it is in `source`,
 * by the next of its class; `unreadable` has an image by the first item that it is in: its own.
 *
 * @param pairs `[2P]`: the two images of each pair, one pair after the other, as `MinedPairs.pairs` has them; copied. A pair
 *   that comes twice is two items; without any pair, the source gives what it gave.
 * @throws TypeError for a source that is paired already and for pairs that are no list of numbers; RangeError for a source
 *   without images, an odd number of entries, an image that the source does not have, and an image paired with itself.
 *
 * @example
 * ```ts
 * const { pairs } = await semanticPairs({ lower: 0.97, upper: 0.99 }).mine({ features });
 * const paired = pairedSource(source, pairs);
 * for await (const batch of loader(paired, { batchSize: 64, rng }).batches(0)) {
 *   const [query, key] = mocoV2({ size: 32 }).apply([batch.images, batch.second!], rng);
 *   // ...
 *   batch.dispose();
 * }
 * ```
 */
export function pairedSource(source: ImageSource, pairs: ArrayLike<number>): ImageSource {
  const { name, length } = source;
  if (source.paired) {
    throw new TypeError(`Cannot pair ${name}: it has pairs already. Give its images, source.paired.of, and all pairs`);
  }
  if (length === 0) throw new RangeError(`Cannot pair the images of ${name}: it has none`);
  const count = assertPairs(source, pairs);
  const member = (which: 0 | 1) =>
    Int32Array.from({ length: length + count }, (_, item) =>
      item < length ? item : pairs[2 * (item - length) + which]!,
    );
  return pairedItems(`${name} and ${count} pairs`, { of: source, members: [member(0), member(1)] });
}

/** The number of pairs, all of two different images of the source. */
function assertPairs({ name, length }: ImageSource, pairs: ArrayLike<number>): number {
  if (typeof pairs !== 'object' || !Number.isInteger((pairs as ArrayLike<number> | null)?.length)) {
    throw new TypeError(
      `Cannot pair the images of ${name} by what is no list: give the two images of each pair, one pair after the other, as the pairs of MinedPairs`,
    );
  }
  if (pairs.length % 2 === 1) {
    throw new RangeError(
      `Cannot pair the images of ${name} by ${pairs.length} entries: give two for each pair, one pair after the other`,
    );
  }
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [pairs[i]!, pairs[i + 1]!];
    for (const image of [a, b]) {
      if (typeof image !== 'number') {
        const kind = Array.isArray(image) ? 'a list' : `a ${typeof image}`;
        throw new TypeError(
          `Cannot pair the images of ${name}: pair ${i / 2} has ${kind} for an image, give its position`,
        );
      }
      if (!Number.isInteger(image) || image < 0 || image >= length) {
        throw new RangeError(
          `Cannot pair images ${a} and ${b} of ${name} (pair ${i / 2}): it has images 0 to ${length - 1}`,
        );
      }
    }
    if (a === b) {
      throw new RangeError(
        `Cannot pair image ${a} of ${name} with itself (pair ${i / 2}): every image is an item of its own anyway`,
      );
    }
  }
  return pairs.length / 2;
}
