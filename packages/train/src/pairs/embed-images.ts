import { setImmediate } from 'node:timers/promises';
import type { ImageSource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import type { Preparation } from '../evaluation-view.js';
import type { Embedding } from './embedding.js';
import type { EmbeddingPart, EmbeddingParts } from './embedding-parts.js';
import { growingEmbedding } from './growing-embedding.js';
import type { OpenEncoder } from './mining-encoder.js';
import { unitRows } from './unit-rows.js';

/** What {@link embedImages} embeds, and how. */
export interface EmbedImagesOptions {
  readonly source: ImageSource;
  /** `[K]`: positions in the source, in rising order. */
  readonly chosen: Int32Array;
  readonly prepare: Preparation;
  readonly parts: EmbeddingParts;
  /** What to call the encoder in errors. */
  readonly name: string;
  readonly batchSize: number;
  /** Seconds of work that are lost at most if the process is killed. Default 60. */
  readonly partSeconds?: number;
  readonly notice: (message: string) => void;
  readonly onProgress: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Seconds that a piece takes at least, if it may be longer: an interruption loses one. */
const PIECE_SECONDS = 1;
/** Batches of the longest piece. */
const LONGEST_PIECE = 32;

/** The first of some images, by their names where they have any. */
function someOf({ originals }: ImageSource, list: ArrayLike<number>): string {
  const first = Array.from({ length: Math.min(list.length, 5) }, (_, i) => list[i]!);
  const shown = first.map((image) => (originals ? `${image} (${originals.images.nameOf(image)})` : image));
  return shown.join(', ') + (list.length > 5 ? ', …' : '');
}

/** Embeds some of the chosen images: `ids`, which begin at `from`. */
async function embedPiece(
  encoder: OpenEncoder,
  { ids, from }: { ids: Int32Array; from: number },
  { source, chosen, prepare, name, batchSize, onProgress, signal }: EmbedImagesOptions,
): Promise<EmbeddingPart> {
  const images = {
    length: ids.length,
    shape: source.shape,
    async read(indices: ArrayLike<number>) {
      await setImmediate(); // lets signals through
      return source.read(Int32Array.from(indices, (index) => ids[index]!));
    },
  };
  const features = await extractFeatures((batch) => encoder.embed(prepare(batch)), images, {
    batchSize,
    onProgress({ done }) {
      signal?.throwIfAborted();
      onProgress((from + done) / chosen.length);
    },
  });
  const width = features.shape[1];
  const read = await features.data<'float32'>().finally(() => features.dispose());
  const rows = Float32Array.from(read);
  const odd = unitRows(rows, width);
  const unread = new Set(source.unreadable?.map(({ index }) => index));
  const notFinite = odd.notFinite.map((row) => ids[row]!).filter((id) => !unread.has(id));
  if (notFinite.length > 0) {
    throw new RangeError(
      `Cannot mine pairs with ${name}: of ${ids.length} images, ${notFinite.length} have features that are not finite, image ${someOf(source, notFinite)}; look at its weights, and at how images are prepared for it`,
    );
  }
  const zeros = new Set(odd.zero.map((row) => ids[row]!));
  const isGood = (id: number) => !unread.has(id) && !zeros.has(id);
  let good = 0;
  for (const [row, id] of ids.entries()) {
    if (isGood(id)) rows.copyWithin(good++ * width, row * width, (row + 1) * width);
  }
  return {
    ...{ from, to: from + ids.length, width },
    values: rows.subarray(0, good * width),
    images: ids.filter(isGood),
    unreadable: ids.filter((id) => unread.has(id)),
    zero: ids.filter((id) => !unread.has(id) && zeros.has(id)),
  };
}

/**
 * The features of the chosen images, as rows of length 1, without those that cannot be read or have none.
 *
 * What is done is kept in parts, by and by, when the signal comes and when it fails; it goes on from those that are there.
 *
 * @throws RangeError if a feature is not finite, or fewer than 2 images have features that are not all zero; what reading
 *   the images throws; the signal's reason.
 */
export async function embedImages(encoder: OpenEncoder, options: EmbedImagesOptions): Promise<Embedding> {
  const { source, chosen, parts, name, batchSize, partSeconds = 60, notice, onProgress, signal } = options;
  const embedding = growingEmbedding(chosen.length, name);
  for (const part of await parts.read()) embedding.add(part);
  embedding.saved();
  let savedAt = performance.now();
  const save = async () => {
    const part = embedding.unsaved();
    if (part) await parts.write(part);
    embedding.saved();
    savedAt = performance.now();
  };
  onProgress(embedding.done / chosen.length);
  try {
    for (let piece = batchSize; embedding.done < chosen.length; ) {
      signal?.throwIfAborted();
      const from = embedding.done;
      const started = performance.now();
      embedding.add(await embedPiece(encoder, { ids: chosen.subarray(from, from + piece), from }, options));
      if (performance.now() - started < PIECE_SECONDS * 1000) piece = Math.min(2 * piece, LONGEST_PIECE * batchSize);
      if (performance.now() - savedAt > partSeconds * 1000) await save();
    }
  } catch (error) {
    // What went wrong first is what must be said.
    await save().catch((problem: Error) => notice(`What is embedded could not be kept: ${problem.message}`));
    throw error;
  }
  const all = embedding.all();
  const { images, unreadable, zero } = all;
  if (images.length < 2) {
    throw new RangeError(
      `Cannot mine pairs with ${name}: ${images.length} of ${chosen.length} images have features; those of ${zero.length} are all zero, ${unreadable.length} cannot be read`,
    );
  }
  if (zero.length > 0) {
    notice(
      `${zero.length} of ${chosen.length} images are in no pair, as ${name} gives them features that are all zero: image ${someOf(source, zero)}`,
    );
  }
  if (unreadable.length > 0) {
    notice(
      `${unreadable.length} of ${chosen.length} images are in no pair, as they cannot be read: image ${someOf(source, unreadable)}`,
    );
  }
  return all;
}
