import {
  concat2d,
  matMul,
  ones,
  sub,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { NearestOptions } from '../nearest-centroids.js';
import type { PointSet } from '../point-set.js';
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
/** So is one below this, where float32 loses digits, or is flushed to 0. */
const TINY = 2 ** -100;

/**
 * Points and candidates as factors on the device. Their product is the score x · c − h with h = (1 − slack) ‖c‖² / 2, all
 * less the mean, so that one comparison tells which distances may be small; `spherical`: x · c / ‖c‖.
 */
function scoreFactors(
  { values, mean }: Pick<PointSet, 'values' | 'mean'>,
  { squares, scales }: PointDistances,
  spherical: boolean,
) {
  const width = mean.length;
  const shift: Tensor1D | null = spherical ? null : tensor1d(mean);
  const matrix = (rows: Float32Array): Tensor2D => {
    const block = tensor2d(rows, [rows.length / width, width]);
    return shift ? sub(block, shift) : block;
  };
  return {
    points: (start: number, end: number): Tensor2D => {
      const block = matrix(values.subarray(start * width, end * width));
      return spherical ? block : concat2d([block, ones([end - start, 1])], 1);
    },
    candidates: (chosen: Int32Array): Tensor2D => {
      const rows = takeRows(values, width, chosen);
      if (spherical) return matrix(rows.map((value, at) => value * scales[chosen[Math.floor(at / width)]!]!));
      const h = Float32Array.from(chosen, (point) => (-(1 - SLACK) / 2) * squares[point]!);
      return concat2d([matrix(rows), tensor2d(h, [h.length, 1])], 1);
    },
    dispose: () => shift?.dispose(),
  };
}

/** Adds the points from `start` on, whose scores these are, to the candidates that they are nearer to. */
function addNearer(
  candidates: readonly Candidate[],
  scores: ArrayLike<number>,
  start: number,
  { squares, scales, masses, between }: PointDistances,
  least: Float64Array,
  spherical: boolean,
): void {
  const p = candidates.length;
  const count = scores.length / p;
  const own = spherical ? 1 : 0;
  for (let row = 0; row < count; row++) {
    const i = start + row;
    const limit = least[i]!;
    if (limit === 0 || masses[i] === 0) continue;
    const square = squares[i]!;
    const factor = 2 * scales[i]!;
    // Where the distance less what float32 may be off by reaches the limit.
    const threshold = ((1 - SLACK) * (square + own) - limit - TINY) / factor;
    const first = row * p;
    for (let c = 0; c < p; c++) {
      if (scores[first + c]! <= threshold) continue;
      const { point, nearer, distances } = candidates[c]!;
      const other = squares[point]!;
      const rough = square + (spherical ? other : SLACK * other) - factor * scores[first + c]!;
      const distance = rough > CLOSE * (square + other) + TINY ? rough : between(i, point);
      if (distance >= limit) continue;
      nearer.push(i);
      distances.push(distance);
    }
  }
}

/**
 * Compares all points with candidates on the device, in blocks.
 *
 * @param least `[N]`: the squared distance of each point to the nearest centroid so far.
 */
export async function measureCandidates(
  points: Pick<PointSet, 'values' | 'mean'>,
  distances: PointDistances,
  least: Float64Array,
  chosen: Int32Array,
  { spherical, blockSize, breathe }: NearestOptions,
): Promise<Candidate[]> {
  const n = least.length;
  const found = Array.from(chosen, (point): Candidate => ({ point, nearer: [], distances: [] }));
  const size = blockSize ?? Math.min(8192, Math.max(16, Math.floor(SCORES / chosen.length)));
  const factors = scoreFactors(points, distances, spherical);
  const columns = tidy(() => factors.candidates(chosen));
  try {
    for (let start = 0; start < n; start += size) {
      const end = Math.min(n, start + size);
      const block = tidy(() => matMul(factors.points(start, end), columns, false, true));
      const scores = await block.data<'float32'>().finally(() => block.dispose());
      addNearer(found, scores, start, distances, least, spherical);
      await breathe();
    }
    return found;
  } finally {
    columns.dispose();
    factors.dispose();
  }
}
