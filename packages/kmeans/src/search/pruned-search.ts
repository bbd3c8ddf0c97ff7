import { slice, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { CentroidGroups } from './centroid-groups.js';
import type { Blocks } from './compare-all.js';
import { type DriftOrder, LEVELS } from './drift-order.js';
import { groupPoints } from './group-points.js';
import type { PointBounds } from './point-bounds.js';
import { rowsOf, type Scoring } from './scoring.js';
import { bestAbove, bestOfGroups, bestScores } from './search-blocks.js';

/** A point is compared with every centroid that moved by more than this share of its gap, to keep some gap. */
const SHARE = 0.5;
/** A point that would have to be compared with more than this share of the centroids is compared with all. */
const MOST = 0.6 * LEVELS;
/** Points of a group that are compared with it at a time. */
const GROUP_BLOCK = 8192;
/** Points of about one level are compared together: so many at least, or down to this share of the highest level. */
const LEAST_ROWS = 256;
const LIKE = 0.6;
/** One point in so many tells what a search would cost. */
const STRIDE = 7;

/** What a search works with. */
export interface SearchState {
  readonly score: Scoring;
  readonly blocks: Blocks;
  readonly bounds: PointBounds;
  /** `[N]`, kept up to date. */
  readonly assignments: Int32Array;
}

/** Compares points, all if none are named, with all centroids, and learns their bounds. */
export async function compareWithGroups(
  { score, blocks, bounds, assignments }: SearchState,
  centroids: Float32Array,
  { columns, size }: CentroidGroups,
  named?: Int32Array,
): Promise<void> {
  const count = named?.length ?? blocks.n;
  if (count === 0) return;
  const grouped = tidy(() => transpose<Tensor2D>(rowsOf(score.centroids(centroids), columns)));
  try {
    for (let start = 0; start < count; start += blocks.blockSize) {
      const end = Math.min(count, start + blocks.blockSize);
      const points = () => (named ? score.rows(named.subarray(start, end)) : score.range(start, end - start));
      const found = await bestOfGroups({ points, centroids: grouped, transposed: true }, size);
      for (let row = 0; row < end - start; row++) {
        const point = named ? named[start + row]! : start + row;
        assignments[point] = columns[found.column[row]!]!;
        bounds.own[point] = found.score[row]!;
        bounds.outside[point] = bounds.nearest(point, found.outside[row]!);
      }
      await blocks.breathe(named ? undefined : end / count);
    }
  } finally {
    grouped.dispose();
  }
}

/** The level of centroids that a point must be compared with: 0 if its gap is wider than any centroid moved. */
function levelOf(gap: number, drifts: DriftOrder): number {
  if (!(gap > 0)) return LEVELS;
  if (gap > drifts.most) return 0;
  const level = drifts.levelOf(gap * SHARE);
  return level > MOST ? LEVELS : level;
}

/** Whether {@link prunedSearch} would make so few of the comparisons that it pays. */
export function prunes({ blocks, bounds, assignments }: SearchState, drifts: DriftOrder): boolean {
  let cost = 0;
  for (let point = 0; point < blocks.n; point += STRIDE) {
    const farthest = bounds.farthest(point) + drifts.drift[assignments[point]!]!;
    cost += levelOf(bounds.outside[point]! - farthest, drifts);
  }
  return cost * STRIDE < MOST * blocks.n;
}

/** Compares each point with the centroids of the group that its own is in. */
async function searchWithin(state: SearchState, factor: Tensor2D, groups: CentroidGroups, drifts: DriftOrder) {
  const { score, blocks, bounds, assignments } = state;
  const homes = groupPoints(blocks.n, groups.count, (point) => groups.of[assignments[point]!]!);
  for (let group = 0; group < groups.count; group++) {
    const points = homes.of(group);
    const members = groups.columns.subarray(group * groups.size, (group + 1) * groups.size);
    if (points.length === 0 || !members.some((id) => drifts.drift[id]! > 0)) continue;
    const within = rowsOf(factor, members);
    try {
      for (let start = 0; start < points.length; start += GROUP_BLOCK) {
        const rows = points.subarray(start, start + GROUP_BLOCK);
        const found = await bestScores({ points: () => score.rows(rows), centroids: within });
        for (let row = 0; row < rows.length; row++) {
          assignments[rows[row]!] = members[found.column[row]!]!;
          bounds.own[rows[row]!] = found.score[row]!;
        }
      }
    } finally {
      within.dispose();
    }
    await blocks.breathe();
  }
}

/** Compares points of one group, the highest level first, with centroids of other groups, the one that moved most first. */
async function searchBeyond(
  { score, blocks, bounds, assignments }: SearchState,
  factor: Tensor2D,
  others: Int32Array,
  points: Int32Array,
  levels: Uint8Array,
  drifts: DriftOrder,
): Promise<void> {
  const farthest = rowsOf(factor, others);
  try {
    for (let start = 0, end = 0; start < points.length; start = end) {
      const level = levels[points[start]!]!;
      while (end < points.length && end - start < blocks.blockSize) {
        if (end - start >= LEAST_ROWS && levels[points[end]!]! < LIKE * level) break;
        end++;
      }
      const rows = points.subarray(start, end);
      const length = Math.min(others.length, drifts.covered(level));
      const centroids = slice(farthest, [0, 0], [length, -1]);
      const least = Float32Array.from(rows, (point) => bounds.own[point]!);
      const found = await bestAbove({ points: () => score.rows(rows), centroids }, least).finally(() =>
        centroids.dispose(),
      );
      for (let row = 0; row < rows.length; row++) {
        const point = rows[row]!;
        const better = found.column[row]! < 0 ? -1 : others[found.column[row]!]!;
        if (better >= 0 && (found.score[row]! > bounds.own[point]! || better < assignments[point]!)) {
          assignments[point] = better;
          bounds.own[point] = found.score[row]!;
          // Nothing is known of the other groups than the one it comes from.
          bounds.outside[point] = Number.NEGATIVE_INFINITY;
        } else {
          const rest = bounds.outside[point]! - drifts.beyond(level);
          bounds.outside[point] = Math.min(rest, bounds.nearest(point, found.score[row]!));
        }
      }
    }
  } finally {
    farthest.dispose();
  }
  await blocks.breathe();
}

/**
 * Brings assignments and bounds up to date after the centroids moved, without the comparisons that cannot matter.
 *
 * Each point is compared with the group of its centroid. Beyond it, a centroid that moved by less than the gap between
 * the bound of all others and the point's centroid cannot have become the nearest (triangle inequality): points with
 * narrow gaps are compared with many centroids, the ones that moved most first, others with few or none.
 */
export async function prunedSearch(
  state: SearchState,
  centroids: Float32Array,
  groups: CentroidGroups,
  drifts: DriftOrder,
): Promise<void> {
  const { score, blocks, bounds, assignments } = state;
  const home = Int32Array.from(assignments, (id) => groups.of[id]!);
  const factor = score.centroids(centroids);
  try {
    await searchWithin(state, factor, groups, drifts);
    const levels = new Uint8Array(blocks.n);
    for (let point = 0; point < blocks.n; point++) {
      const level = levelOf(bounds.outside[point]! - bounds.farthest(point), drifts);
      levels[point] = level;
      if (level === 0) bounds.outside[point]! -= drifts.most;
    }
    // The first bucket of each group is compared with all centroids at the end, the last one with none.
    const buckets = LEVELS + 1;
    const sorted = groupPoints(blocks.n, groups.count * buckets, (p) => home[p]! * buckets + LEVELS - levels[p]!);
    const rest: Int32Array[] = [];
    for (let group = 0; group < groups.count; group++) {
      rest.push(sorted.of(group * buckets));
      const some = sorted.of(group * buckets + 1, group * buckets + LEVELS);
      if (some.length === 0) continue;
      const covered = drifts.order.subarray(0, drifts.covered(levels[some[0]!]!));
      const others = covered.filter((id) => groups.of[id] !== group);
      if (others.length > 0) await searchBeyond(state, factor, others, some, levels, drifts);
      else for (const point of some) bounds.outside[point]! -= drifts.beyond(levels[point]!);
    }
    const whole = new Int32Array(rest.reduce((sum, { length }) => sum + length, 0));
    let place = 0;
    for (const all of rest) {
      whole.set(all, place);
      place += all.length;
    }
    await compareWithGroups(state, centroids, groups, whole);
  } finally {
    factor.dispose();
  }
}
