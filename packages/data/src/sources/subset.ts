import { assertIndices, type ImageSource } from './image-source.js';
import { originalsAt } from './originals-at.js';
import { pairedItems } from './paired-items.js';
import { readOriginals } from './read-originals.js';

/**
 * A part of a source, without a copy of its images. A part of a source of pairs is one too, of these items.
 *
 * @param which How many images to take from the start, or the indices to take, in this order.
 * @throws RangeError if there are fewer images than asked for, if an index is out of range, or if none is asked for.
 *
 * @example
 * ```ts
 * const first = subset(source, 1000);
 * const chosen = subset(source, createRng(0).permutation(source.length).subarray(0, 1000));
 * ```
 */
export function subset(source: ImageSource, which: number | ArrayLike<number>): ImageSource {
  const chosen = typeof which === 'number' ? firstIndices(source, which) : Float64Array.from(which);
  if (chosen.length === 0) throw new RangeError(`Cannot take no image of ${source.name}: give at least one index`);
  assertIndices(source.name, source.length, chosen);
  if (source.paired) {
    const { of, members } = source.paired;
    const [first, second] = members;
    const name = `${source.name}, ${chosen.length} of ${source.length} items`;
    const at = (member: Int32Array) => Int32Array.from(chosen, (item) => member[item]!);
    return pairedItems(name, { of, members: [at(first), at(second)] });
  }
  const originals = source.originals && originalsAt(source.originals, chosen);
  const name = `${source.name}, ${chosen.length} of ${source.length} images`;
  return Object.freeze<ImageSource>({
    name,
    length: chosen.length,
    shape: source.shape,
    classes: source.classes,
    labels: source.labels && Int32Array.from(chosen, (index) => source.labels![index]!),
    async read(indices) {
      assertIndices(name, chosen.length, indices);
      // What takes the place of an image that cannot be read is of the subset too.
      if (originals) return readOriginals(originals, indices);
      return source.read(Float64Array.from(indices, (index) => chosen[index]!));
    },
    ...(originals && { originals }),
    get unreadable() {
      return source.unreadable?.flatMap((image) => {
        const index = chosen.indexOf(image.index);
        return index < 0 ? [] : [{ ...image, index }];
      });
    },
  });
}

function firstIndices(source: ImageSource, n: number): Float64Array {
  if (!Number.isInteger(n) || n < 0 || n > source.length) {
    throw new RangeError(`Cannot take ${n} images of ${source.name}: it has ${source.length}`);
  }
  return Float64Array.from({ length: n }, (_, i) => i);
}
