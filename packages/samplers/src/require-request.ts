import type { Tensor } from '@tensorflow/tfjs-core';
import type { NegativeRequest } from './negative-sampler.js';

type Size = number | string;

const describe = (tensor: Tensor) => `${tensor.dtype} [${tensor.shape.join(', ')}]`;

/**
 * Refuses a tensor of another shape or dtype; a number is a size that is needed, a letter any size of at least 1.
 *
 * @throws TypeError if it is no tensor, or the rank or dtype is wrong; RangeError if a size is.
 */
export function requireTensor(
  task: string,
  name: string,
  tensor: Tensor | null | undefined,
  shape: readonly Size[],
  dtypes: readonly string[] = ['float32'],
): void {
  const needed = `Cannot ${task}: needed ${name} as ${dtypes.join(' or ')} [${shape.join(', ')}]`;
  if (!tensor || !Array.isArray(tensor.shape)) throw new TypeError(`${needed}, got ${tensor}`);
  if (tensor.shape.length !== shape.length || !dtypes.includes(tensor.dtype)) {
    throw new TypeError(`${needed}, got ${describe(tensor)}`);
  }
  const fits = tensor.shape.every((size, i) => (typeof shape[i] === 'number' ? size === shape[i] : size > 0));
  if (!fits) throw new RangeError(`${needed}, got ${describe(tensor)}`);
}

/** Refuses a probability outside 0 … 1. */
export function requireProbability(task: string, name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`Cannot ${task}: needed ${name} as a probability from 0 to 1, got ${value}`);
  }
}

/** Refuses a request whose levels, candidates and anchors do not fit each other; costs nothing, reads no value. */
export function requireRequest(sampler: string, { candidates, levels, anchors, rng }: NegativeRequest): void {
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
  levels.forEach(({ centroids, concentration, parents, positives }, l) => {
    requireTensor(task, `levels[${l}].centroids`, centroids, ['K', d]);
    const k = centroids.shape[0];
    requireTensor(task, `levels[${l}].concentration`, concentration, [k]);
    if (parents) requireTensor(task, `levels[${l}].parents`, parents, [k], ['int32']);
    requireTensor(task, `levels[${l}].positives`, positives, [a], ['int32']);
    requireTensor(task, `candidates[${l}]`, candidates[l], ['M', d]);
  });
  if (anchors) requireTensor(task, 'anchors', anchors, [a, d]);
}
