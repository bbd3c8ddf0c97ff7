import {
  any,
  cast,
  equal,
  gather,
  greaterEqual,
  logicalAnd,
  logicalOr,
  reshape,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { requireTensor } from './require-tensor.js';

/** Images by their position in the set: `[n]` int32, or a list of integers. */
export type ImageIds = Tensor1D | ArrayLike<number>;

/** Comparisons held at once. */
const BLOCK = 2 ** 22;

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
export function partnerMask(anchors: ImageIds, candidates: ImageIds, partners: Tensor2D): Tensor2D {
  return tidy(() => cast(belongTogether(anchors, candidates, partners), 'float32') as Tensor2D);
}

/** The mask as bool. */
export function belongTogether(anchors: ImageIds, candidates: ImageIds, partners: Tensor2D): Tensor {
  const task = 'look up partners';
  requireTensor(task, 'partners', partners, ['N', 'P'], ['int32']);
  const [images, columns] = partners.shape;
  const rows = toIds(task, 'anchors', anchors, images);
  const others = toIds(task, 'candidates', candidates, null);
  const [a, m] = [rows.shape[0], others.shape[0]];
  const known = reshape(others, [1, 1, m]);
  let together: Tensor = equal(reshape(rows, [a, 1]), reshape(others, [1, m]));
  const theirs = gather(partners, rows);
  const step = Math.max(1, Math.floor(BLOCK / (a * m)));
  for (let start = 0; start < columns; start += step) {
    const some = slice(theirs, [0, start], [a, Math.min(step, columns - start)]);
    together = logicalOr(together, any(equal(reshape(some, [a, -1, 1]), known), 1));
  }
  return logicalAnd(together, reshape(greaterEqual(others, 0), [1, m]));
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
