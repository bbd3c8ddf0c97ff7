import { type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { bestMatch } from './best-match.js';

/** Points on the device and on the host, as the steps of k-means need them. */
export interface PointSet {
  /** `[N, D]`. */
  readonly tensor: Tensor2D;
  /** The same values, row-major. */
  readonly values: Float32Array;
  /** Their mean, `[D]`. */
  readonly mean: Float32Array;
}

/** How the nearest centroid is looked for. */
export interface NearestOptions {
  /** Look for the largest inner product rather than the smallest distance. */
  readonly spherical: boolean;
  readonly blockSize?: number;
  readonly breathe: () => Promise<void>;
}

/** Puts the two copies of the points together with their mean; owns neither. */
export function pointSet(tensor: Tensor2D, values: Float32Array): PointSet {
  const [n, width] = tensor.shape;
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i += width) for (let j = 0; j < width; j++) sums[j]! += values[i + j]!;
  return { tensor, values, mean: Float32Array.from(sums, (sum) => sum / n) };
}

/** For each row of a row-major matrix, the first row that equals it: itself, mostly. Null if no two are equal. */
function firstTwins(matrix: Float32Array, width: number): Int32Array | null {
  const words = new Uint32Array(matrix.buffer, matrix.byteOffset, matrix.length);
  const rows = matrix.length / width;
  const first = Int32Array.from({ length: rows }, (_, row) => row);
  const byHash = new Map<number, number[]>();
  let found = false;
  for (let row = 0; row < rows; row++) {
    let hash = 0;
    for (let j = row * width; j < (row + 1) * width; j++) hash = (Math.imul(hash, 0x01000193) ^ words[j]!) | 0;
    const others = byHash.get(hash);
    if (!others) {
      byHash.set(hash, [row]);
      continue;
    }
    const twin = others.find((other) => {
      for (let j = 0; j < width; j++) if (words[other * width + j] !== words[row * width + j]) return false;
      return true;
    });
    if (twin === undefined) others.push(row);
    else {
      first[row] = twin;
      found = true;
    }
  }
  return found ? first : null;
}

/**
 * Finds the nearest centroid of every point; of equal centroids, the first.
 *
 * Looks for the largest 2(x − μ)·(c − μ) − ‖c − μ‖² on the device. Taking off the mean μ of the points changes no
 * distance, but keeps the digits when the points lie far from the origin.
 */
export async function nearestCentroids(
  points: PointSet,
  centroids: Float32Array,
  { spherical, blockSize, breathe }: NearestOptions,
): Promise<Int32Array> {
  const width = points.mean.length;
  const k = centroids.length / width;
  const weights = Float32Array.from(centroids);
  const bias = new Float32Array(k);
  if (!spherical) {
    for (let c = 0; c < k; c++) {
      let square = 0;
      for (let j = 0; j < width; j++) {
        const centred = centroids[c * width + j]! - points.mean[j]!;
        square += centred * centred;
        weights[c * width + j] = 2 * centred;
      }
      bias[c] = -square;
    }
  }
  const scores = spherical
    ? { weights: tensor2d(weights, [k, width]) }
    : { weights: tensor2d(weights, [k, width]), bias: tensor1d(bias), shift: tensor1d(points.mean) };
  try {
    const matches = await bestMatch(points.tensor, scores, breathe, blockSize);
    try {
      const assignments = Int32Array.from(await matches.data());
      const twins = firstTwins(centroids, width);
      if (twins) for (let i = 0; i < assignments.length; i++) assignments[i] = twins[assignments[i]!]!;
      return assignments;
    } finally {
      matches.dispose();
    }
  } finally {
    for (const tensor of Object.values(scores)) tensor.dispose();
  }
}
