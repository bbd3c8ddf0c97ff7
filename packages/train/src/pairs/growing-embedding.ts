import type { Embedding } from './embedding.js';
import type { EmbeddingPart } from './embedding-parts.js';

/** An embedding that grows part by part, and remembers how much of it is on the disk. */
export interface GrowingEmbedding {
  /** How many of the chosen images are done. */
  readonly done: number;
  /** @throws RangeError if it has other columns than those before. */
  add(part: EmbeddingPart): void;
  /** What was added since {@link saved}; null if nothing was. */
  unsaved(): EmbeddingPart | null;
  /** All that was added is on the disk. */
  saved(): void;
  /** All of it, without a copy of the rows. */
  all(): Embedding;
}

function room(images: number, width: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(images * width);
  } catch (error) {
    const size = ((images * width * 4) / 2 ** 30).toFixed(1);
    throw new RangeError(
      `Cannot hold the features of ${images} images, ${width} columns each, which take ${size} GiB: give a smaller share`,
      { cause: error },
    );
  }
}

/** Begins an embedding of so many images, by an encoder of this name. */
export function growingEmbedding(total: number, name: string): GrowingEmbedding {
  const lists: Record<'images' | 'unreadable' | 'zero', number[]> = { images: [], unreadable: [], zero: [] };
  const names = Object.keys(lists) as (keyof typeof lists)[];
  let values = new Float32Array(0);
  let width = 0;
  const place = { done: 0, images: 0, unreadable: 0, zero: 0 };
  let kept = { ...place };
  const from = ({ images, unreadable, zero }: typeof place): Embedding => ({
    values: values.subarray(images * width, place.images * width),
    width,
    images: Int32Array.from(lists.images.slice(images)),
    unreadable: Int32Array.from(lists.unreadable.slice(unreadable)),
    zero: Int32Array.from(lists.zero.slice(zero)),
  });
  return {
    get done() {
      return place.done;
    },
    add(part) {
      if (width === 0) {
        width = part.width;
        values = room(total, width);
      }
      if (part.width !== width) {
        throw new RangeError(
          `Cannot embed images with ${name}: its features had ${width} columns, and now ${part.width}`,
        );
      }
      values.set(part.values, place.images * width);
      for (const list of names) {
        for (const image of part[list]) lists[list].push(image);
        place[list] = lists[list].length;
      }
      place.done = part.to;
    },
    unsaved: () => (kept.done === place.done ? null : { ...from(kept), from: kept.done, to: place.done }),
    saved() {
      kept = { ...place };
    },
    all: () => from({ done: 0, images: 0, unreadable: 0, zero: 0 }),
  };
}
