import { setImmediate } from 'node:timers/promises';
import type { ImageSource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import type { Preparation } from '../evaluation-view.js';
import type { Embedding } from './embedding.js';
import type { EmbeddingParts } from './embedding-parts.js';
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
  /** Seconds of work that are lost at most if the process is killed. */
  readonly partSeconds?: number;
  readonly notice: (message: string) => void;
  readonly onProgress: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Seconds after which a piece of work is long enough: what an interruption loses at most. */
const PIECE_SECONDS = 2;
/** Batches of the longest piece. */
const LONGEST_PIECE = 32;

const some = (list: ArrayLike<number>) =>
  Array.from(list).slice(0, 5).join(', ') + (list.length > 5 ? `, … (${list.length} of them)` : '');

/**
 * The features of the chosen images, as rows of length 1, without those that cannot be read or have none.
 *
 * What is done is kept in parts, by and by, when the signal comes and when it fails; it goes on from those that are there.
 *
 * @throws RangeError if a feature is not finite, or fewer than 2 images have features that are not all zero; what reading
 *   the images throws; the signal's reason.
 */
export async function embedImages(encoder: OpenEncoder, options: EmbedImagesOptions): Promise<Embedding> {
  const { source, chosen, prepare, parts, name, batchSize, partSeconds = 60, notice, onProgress, signal } = options;
  let values = new Float32Array(0);
  let width = 0;
  const images: number[] = [];
  const unreadable: number[] = [];
  const zero: number[] = [];
  let done = 0;
  const take = (rows: Float32Array, ids: Int32Array, columns: number) => {
    if (width === 0) {
      width = columns;
      values = new Float32Array(chosen.length * width);
    }
    if (columns !== width) {
      throw new RangeError(
        `Cannot embed ${source.name} with ${name}: it gave features of ${width} columns, now ${columns}`,
      );
    }
    values.set(rows, images.length * width);
    for (const id of ids) images.push(id);
  };
  for (const part of await parts.read()) {
    take(part.values, part.images, part.width);
    unreadable.push(...part.unreadable);
    zero.push(...part.zero);
    done = part.to;
  }
  let kept = { done, images: images.length, unreadable: unreadable.length, zero: zero.length, at: performance.now() };
  const keep = async () => {
    if (kept.done === done) return;
    await parts.write({
      ...{ from: kept.done, to: done, width },
      values: values.subarray(kept.images * width, images.length * width),
      images: Int32Array.from(images.slice(kept.images)),
      unreadable: Int32Array.from(unreadable.slice(kept.unreadable)),
      zero: Int32Array.from(zero.slice(kept.zero)),
    });
    kept = { done, images: images.length, unreadable: unreadable.length, zero: zero.length, at: performance.now() };
  };
  onProgress(done / chosen.length);
  let piece = batchSize;
  try {
    while (done < chosen.length) {
      signal?.throwIfAborted();
      const ids = chosen.subarray(done, done + piece);
      const started = performance.now();
      const features = await extractFeatures(
        (batch) => encoder.embed(prepare(batch)),
        {
          length: ids.length,
          shape: source.shape,
          async read(indices) {
            await setImmediate(); // lets signals through
            return source.read(Int32Array.from(indices, (index) => ids[index]!));
          },
        },
        {
          batchSize,
          onProgress(state) {
            signal?.throwIfAborted();
            onProgress((done + state.done) / chosen.length);
          },
        },
      );
      const columns = features.shape[1];
      const rows = await features.data<'float32'>().finally(() => features.dispose());
      const own = Float32Array.from(rows);
      const odd = unitRows(own, columns);
      const lost = new Set(source.unreadable?.map(({ index }) => index));
      const notFinite = odd.notFinite.map((row) => ids[row]!).filter((id) => !lost.has(id));
      if (notFinite.length > 0) {
        throw new RangeError(
          `Cannot mine pairs with ${name}: the features of image ${some(notFinite)} are not finite; look at its weights, and at how images are prepared for it`,
        );
      }
      const zeros = new Set(odd.zero.map((row) => ids[row]!));
      const good = ids.filter((id) => !lost.has(id) && !zeros.has(id));
      let at = 0;
      for (const [row, id] of ids.entries()) {
        if (lost.has(id)) unreadable.push(id);
        else if (zeros.has(id)) zero.push(id);
        else own.copyWithin(at++ * columns, row * columns, (row + 1) * columns);
      }
      take(own.subarray(0, at * columns), good, columns);
      done += ids.length;
      const now = performance.now();
      if (now - started < PIECE_SECONDS * 500) piece = Math.min(2 * piece, LONGEST_PIECE * batchSize);
      if (now - kept.at > partSeconds * 1000) await keep();
    }
  } catch (error) {
    // What went wrong first is what must be said.
    await keep().catch((problem: Error) => notice(`What is embedded could not be kept: ${problem.message}`));
    throw error;
  }
  if (images.length < 2) {
    throw new RangeError(
      `Cannot mine pairs with ${name}: ${images.length} of ${chosen.length} images have features; those of ${zero.length} are all zero, ${unreadable.length} cannot be read`,
    );
  }
  if (zero.length > 0) {
    notice(
      `${zero.length} of ${chosen.length} images are in no pair, as ${name} gives them features that are all zero: image ${some(zero)}`,
    );
  }
  if (unreadable.length > 0)
    notice(`${unreadable.length} images are in no pair, as they cannot be read: image ${some(unreadable)}`);
  return {
    values: values.subarray(0, images.length * width),
    width,
    images: Int32Array.from(images),
    unreadable: Int32Array.from(unreadable),
    zero: Int32Array.from(zero),
  };
}
