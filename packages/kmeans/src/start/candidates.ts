import { matMul, sub, type Tensor1D, type Tensor2D, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { NearestOptions, PointSet } from '../nearest-centroids.js';
import { takeRows } from '../take-rows.js';
import type { PointDistances } from './point-distances.js';

/** A point that may become a centroid, with the points that it is nearer to than any centroid so far. */
export interface Candidate {
  readonly point: number;
  readonly nearer: number[];
  /** Their squared distances to it. */
  readonly distances: number[];
}

/** Scores on the device at a time: 8 MiB. */
const SCORES = 2 ** 21;
/** What float32 may be off by, as a share of the two squares. */
const SLACK = 1e-4;
/** Below this share of them, rounding would tell, and a distance is computed anew in float64. */
const CLOSE = 1e-2;

/**
 * Compares all points with candidates on the device.
 *
 * @param least `[N]`: the squared distance of each point to the nearest centroid so far.
 */
export async function measureCandidates(
  { values, mean }: Pick<PointSet, 'values' | 'mean'>,
  { squares, scales, masses, between }: PointDistances,
  least: Float64Array,
  chosen: Int32Array,
  { spherical, blockSize, breathe }: NearestOptions,
): Promise<Candidate[]> {
  const width = mean.length;
  const n = least.length;
  const p = chosen.length;
  const candidates = Array.from(chosen, (point): Candidate => ({ point, nearer: [], distances: [] }));
  const candidateSquares = Float64Array.from(chosen, (point) => squares[point]!);
  const candidateScales = Float64Array.from(chosen, (point) => 2 * scales[point]!);
  const size = blockSize ?? Math.min(8192, Math.max(16, Math.floor(SCORES / p)));

  const shift: Tensor1D | null = spherical ? null : tensor1d(mean);
  const matrix = (rows: Float32Array): Tensor2D => {
    const block = tensor2d(rows, [rows.length / width, width]);
    return shift ? sub(block, shift) : block;
  };
  const columns = tidy(() => matrix(takeRows(values, width, chosen)));
  try {
    for (let start = 0; start < n; start += size) {
      const end = Math.min(n, start + size);
      const block = tidy(() => matMul(matrix(values.subarray(start * width, end * width)), columns, false, true));
      const products = await block.data().finally(() => block.dispose());
      for (let i = start, at = 0; i < end; i++, at += p) {
        const limit = least[i]!;
        if (limit === 0 || masses[i] === 0) continue;
        for (let c = 0; c < p; c++) {
          const sum = squares[i]! + candidateSquares[c]!;
          const rough = sum - scales[i]! * candidateScales[c]! * products[at + c]!;
          if (rough - SLACK * sum >= limit) continue;
          const distance = rough > CLOSE * sum ? rough : between(i, chosen[c]!);
          if (distance >= limit) continue;
          candidates[c]!.nearer.push(i);
          candidates[c]!.distances.push(distance);
        }
      }
      await breathe();
    }
    return candidates;
  } finally {
    columns.dispose();
    shift?.dispose();
  }
}
