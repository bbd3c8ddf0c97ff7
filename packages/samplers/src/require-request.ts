import type { NegativeRequest } from './negative-sampler.js';
import { requireTensor } from './require-tensor.js';

/** Refuses a request whose levels, candidates and anchors do not fit each other; costs nothing, reads no value. */
export function requireRequest(sampler: string, { candidates, levels, anchors, keys, rng }: NegativeRequest): void {
  const task = `sample negatives with ${sampler}`;
  if (!Array.isArray(levels) || levels.length === 0) {
    throw new RangeError(`Cannot ${task}: needed at least 1 level, got ${levels?.length ?? levels}`);
  }
  if (!Array.isArray(candidates) || candidates.length !== levels.length) {
    throw new RangeError(
      `Cannot ${task}: needed candidates for each of the ${levels.length} levels, got ${candidates?.length ?? candidates}`,
    );
  }
  if (typeof rng?.uniformTensor !== 'function') throw new TypeError(`Cannot ${task}: needed rng as an Rng, got ${rng}`);
  requireTensor(task, 'levels[0].centroids', levels[0]?.centroids, ['K', 'D']);
  requireTensor(task, 'levels[0].positives', levels[0]?.positives, ['A'], ['int32']);
  const d = levels[0]!.centroids.shape[1];
  const a = levels[0]!.positives.shape[0];
  levels.forEach(({ centroids, concentration, parents, positives, alive }, l) => {
    requireTensor(task, `levels[${l}].centroids`, centroids, ['K', d]);
    const k = centroids.shape[0];
    requireTensor(task, `levels[${l}].concentration`, concentration, [k]);
    if (parents) requireTensor(task, `levels[${l}].parents`, parents, [k], ['int32']);
    requireTensor(task, `levels[${l}].positives`, positives, [a], ['int32']);
    if (alive) requireTensor(task, `levels[${l}].alive`, alive, [k]);
    requireTensor(task, `candidates[${l}]`, candidates[l], ['M', d]);
  });
  if (anchors) requireTensor(task, 'anchors', anchors, [a, d]);
  if (keys) requireTensor(task, 'keys', keys, [a, d]);
}
