import {
  add,
  broadcastTo,
  cast,
  concat,
  cumsum,
  fill,
  gather,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  minimum,
  ones,
  range,
  reshape,
  scalar,
  scatterND,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { PartnerTable } from './partner-table.js';
import { requireTensor } from './require-tensor.js';

/** Images by their position in the set: `[n]` int32, or a list of integers. */
export type ImageIds = Tensor1D | ArrayLike<number>;

/**
 * Marks which candidates are an anchor's own image or one of its partners, and so never its negatives.
 *
 * Reads no value, so that it can be part of a compiled step. Ids below 0 are of no image.
 *
 * @param anchors `[A]` int32 or a list, from 0 to N − 1.
 * @param candidates `[M]` int32 or a list: of the batch, or of what stands in a queue.
 * @param partners From {@link partnerTable}.
 * @returns `[A, M]` float32 of 0 and 1; the caller disposes it. As a keep-mask: `sub(1, partnerMask(…))`.
 * @throws TypeError for a wrong rank or dtype, RangeError for no ids, and (for a list of anchors) an id out of range.
 *
 * @example
 * ```ts
 * const keep = sub(1, partnerMask(batch.indices, idsInQueue, partners));
 * ```
 */
export function partnerMask(anchors: ImageIds, candidates: ImageIds, partners: PartnerTable): Tensor2D {
  return tidy(() => cast(belongTogether(anchors, candidates, partners), 'float32') as Tensor2D);
}

/** The mask as bool. */
export function belongTogether(anchors: ImageIds, candidates: ImageIds, table: PartnerTable): Tensor {
  const task = 'look up partners';
  requireTable(task, table);
  const { images } = table;
  const rows = toIds(task, 'anchors', anchors, images);
  const others = toIds(task, 'candidates', candidates, null);
  const [a, m] = [rows.shape[0], others.shape[0]];
  const known = logicalAnd(greaterEqual(others, 0), less(others, images));
  const ids = where(known, others, fill([m], images, 'int32'));
  // Counted, as what backends make of a place that is written twice differs.
  const present = minimum(scatterND(reshape(ids, [m, 1]), ones([m]), [images + 1]), 1);
  // A place for each image that is a candidate, however often it is one.
  const places = cast(where(greater(present, 0), cumsum(present, 0, true), m), 'int32') as Tensor1D;
  const theirs = gather(places, concat([reshape(rows, [a, 1]), partnersOf(rows, table)], 1));
  const hits = stack([broadcastTo(reshape(range(0, a, 1, 'int32'), [a, 1]), theirs.shape), theirs], -1);
  // Partners that are no candidates are counted in a column of their own, which unknown candidates do not look at.
  const counts = scatterND(reshape(hits, [-1, 2]), ones([theirs.size]), [a, m + 1]);
  return logicalAnd(greater(gather(counts, gather(places, ids), 1), 0), reshape(known, [1, m]));
}

/** `[A, most]`: the partners of each image, then ids of no image. */
function partnersOf(rows: Tensor1D, { images, most, starts, partners }: PartnerTable): Tensor {
  const [a, p] = [rows.shape[0], Math.max(1, most)];
  const start = reshape(gather(starts, rows), [a, 1]);
  const end = reshape(gather(starts, add(rows, scalar(1, 'int32'))), [a, 1]);
  const at = add(start, reshape(range(0, p, 1, 'int32'), [1, p]));
  const last = scalar(partners.shape[0] - 1, 'int32');
  const found = gather(partners, cast(minimum(at, last), 'int32'));
  return where<Tensor>(less(at, end), found, fill([a, p], images, 'int32') as Tensor);
}

function requireTable(task: string, table: PartnerTable): void {
  if (!table?.starts || !table.partners || table.starts.shape[0] !== table.images + 1) {
    throw new TypeError(`Cannot ${task}: needed partners as partnerTable gives them, got ${table}`);
  }
}

function toIds(task: string, name: string, ids: ImageIds, images: number | null): Tensor1D {
  if ('dtype' in ids) {
    requireTensor(task, name, ids, [name === 'anchors' ? 'A' : 'M'], ['int32']);
    return ids;
  }
  const values = Array.from(ids);
  const wrong = values.find((id) => !Number.isInteger(id) || (images !== null && !(id >= 0 && id < images)));
  if (wrong !== undefined) {
    const needed = images === null ? 'integers' : `ids from 0 to ${images - 1}`;
    throw new RangeError(`Cannot ${task}: needed ${name} as ${needed}, got ${wrong}`);
  }
  const tensor = tensor1d(values, 'int32');
  requireTensor(task, name, tensor, [name === 'anchors' ? 'A' : 'M'], ['int32']);
  return tensor;
}
