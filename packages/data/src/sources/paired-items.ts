import { assertIndices, type ImageSource, type PairedImages } from './image-source.js';
import { originalsAt } from './originals-at.js';

/** A source whose item i is made of image `first[i]` and image `second[i]` of another; see `pairedSource`. */
export function pairedItems(name: string, { of, members }: PairedImages): ImageSource {
  const [first, second] = members;
  return Object.freeze<ImageSource>({
    name,
    length: first.length,
    shape: of.shape,
    classes: of.classes,
    labels: of.labels && first.map((image) => of.labels![image]!),
    async read(items) {
      assertIndices(name, first.length, items);
      return of.read(Int32Array.from(items, (item) => first[item]!));
    },
    ...(of.originals && { originals: originalsAt(of.originals, first) }),
    paired: Object.freeze<PairedImages>({ of, members: Object.freeze([first, second] as const) }),
    get unreadable() {
      return of.unreadable?.flatMap((image) => {
        const items = [first.indexOf(image.index), second.indexOf(image.index)].filter((item) => item >= 0);
        return items.length === 0 ? [] : [{ ...image, index: Math.min(...items) }];
      });
    },
  });
}
