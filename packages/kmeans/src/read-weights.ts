import { Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { kindOf } from './option-checks.js';

/** Throws unless `weights` can be one weight for each of n points; looks at no value. */
export function requireWeights(weights: Tensor1D | Float32Array, n: number): void {
  if (weights instanceof Float32Array) {
    if (weights.length !== n) {
      throw new RangeError(`weights must have one value for each of ${n} points, got ${weights.length}`);
    }
    return;
  }
  if (!(weights instanceof Tensor)) {
    throw new TypeError(`weights must be a Tensor1D or a Float32Array, got ${kindOf(weights)}`);
  }
  if (weights.dtype !== 'float32' && weights.dtype !== 'int32') {
    throw new TypeError(`weights must be float32 or int32, got ${weights.dtype}`);
  }
  if (weights.rank !== 1 || weights.shape[0] !== n) {
    throw new RangeError(`weights must have shape [${n}], one for each of ${n} points, got shape [${weights.shape}]`);
  }
}

/** Throws unless at least k of the weights are above 0; `role` says whose weights they are. */
export function requireWeighted(weights: Float32Array, k: number, role: string, advice: string): void {
  const positive = weights.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0);
  if (positive < k) {
    throw new RangeError(
      `Cannot cluster ${role} with ${positive} weights above 0 into ${k} clusters: ${advice}, or ask for fewer clusters`,
    );
  }
}

/**
 * Copies the weights of points to the host.
 *
 * @throws RangeError that names the first weight that is negative or not finite, or counts those above 0 if fewer than k.
 */
export async function readWeights(weights: Tensor1D | Float32Array, k: number): Promise<Float32Array> {
  const values = Float32Array.from(weights instanceof Float32Array ? weights : await weights.data());
  const wrong = values.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (wrong >= 0) {
    throw new RangeError(`weights must be finite and at least 0, got ${values[wrong]} for point ${wrong}`);
  }
  requireWeighted(values, k, `${values.length} points`, `give at least ${k} points a weight above 0`);
  return values;
}
