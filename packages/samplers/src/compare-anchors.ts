import { gather, matMul, mul, sum, type Tensor, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { checkRequest, comparisonRules } from './check-request.js';
import { isOwnPrototypes } from './eligible-candidates.js';
import type { NegativeRequest } from './negative-sampler.js';
import { requireRequest } from './require-request.js';
import { requireTensor } from './require-tensor.js';

/** Cosines of anchors and candidates, `[A, M_l]`. */
export function candidateCosines({ anchors, candidates }: NegativeRequest, l: number): Tensor2D {
  // Transposed beforehand: wasm's product is far slower on operands that it has to read transposed.
  return matMul(anchors!, transpose(candidates[l]!));
}

/** Cosines of anchors and their positives, `[A, 1]`: the anchor's prototype where prototypes are the candidates, else its key. */
export function positiveCosines(request: NegativeRequest, l: number): Tensor {
  const { centroids, positives } = request.levels[l]!;
  const rows = isOwnPrototypes(request, l) ? gather(centroids, positives) : request.keys!;
  return sum(mul(request.anchors!, rows), 1, true);
}

/**
 * Refuses a request that lacks what anchors are compared by, or (with its `check`) has rows that are no unit vectors.
 *
 * @param wanted Whether keys, and the φ of prototypes, are needed too.
 */
export function requireComparable(
  sampler: string,
  request: NegativeRequest,
  wanted: { keys: boolean; phi?: boolean },
): void {
  requireRequest(sampler, request);
  const { keys, phi = false } = wanted;
  const { levels, anchors, check } = request;
  const task = `sample negatives with ${sampler}`;
  const width = levels[0]!.centroids.shape[1];
  if (!anchors) requireTensor(task, 'anchors', anchors, ['A', width]);
  const compared = keys && !levels.every((_, l) => isOwnPrototypes(request, l));
  if (compared && !request.keys) requireTensor(task, 'keys', request.keys, ['A', width]);
  if (check !== false) checkRequest(sampler, comparisonRules(request, { keys: compared, phi }));
}
