import type { ImageSource } from '@hcsc/data';
import type { MinedPairs } from '@hcsc/samplers';

/** Lines that are made into one piece of text. */
const LINES = 4096;

/**
 * Pairs as JSON lines, the most alike first, then the duplicates, in pieces of text.
 *
 * A line is `{"images":[4,17],"similarity":0.981}`, of a duplicate `{"images":[4,9],"duplicate":true}`; with `"labels"` and
 * `"names"` of the two where they are known.
 */
export function* pairLines(
  { pairs, similarities, duplicates }: MinedPairs,
  { labels, classes, originals }: Pick<ImageSource, 'labels' | 'classes' | 'originals'>,
): Generator<string> {
  const line = (list: Int32Array, at: number, more: Readonly<Record<string, unknown>>) => {
    const images = [list[2 * at]!, list[2 * at + 1]!];
    return JSON.stringify({
      images,
      ...more,
      ...(labels && { labels: images.map((image) => classes?.[labels[image]!] ?? labels[image]) }),
      ...(originals && { names: images.map((image) => originals.images.nameOf(image)) }),
    });
  };
  function* pieces(count: number, each: (index: number) => string): Generator<string> {
    for (let start = 0; start < count; start += LINES) {
      const length = Math.min(LINES, count - start);
      yield Array.from({ length }, (_, i) => `${each(start + i)}\n`).join('');
    }
  }
  const order = Uint32Array.from(similarities, (_, i) => i).sort(
    (a, b) => similarities[b]! - similarities[a]! || a - b,
  );
  // Six digits are what float32 has.
  const rounded = (similarity: number) => Number(similarity.toFixed(6));
  yield* pieces(order.length, (i) => line(pairs, order[i]!, { similarity: rounded(similarities[order[i]!]!) }));
  yield* pieces(duplicates.length / 2, (i) => line(duplicates, i, { duplicate: true }));
}
