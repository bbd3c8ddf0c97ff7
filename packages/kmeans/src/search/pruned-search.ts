import { clone, slice, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { CentroidGroups } from './centroid-groups.js';
import type { Blocks } from './compare-all.js';
import { type DriftOrder, LEVELS } from './drift-order.js';
import { groupPoints } from './group-points.js';
import type { PointBounds } from './point-bounds.js';
import { columnsOf, rowsOf, type Scoring } from './scoring.js';
import { bestAbove, bestOfGroups, bestScores } from './search-blocks.js';

/** A point is compared with every centroid that moved by more than this share of its gap, to keep some gap. */
const SHARE = 0.5;
/** A point that would have to be compared with more than this share of the centroids is compared with all. */
const MOST = 0.6 * LEVELS;
/** Points of a group that are looked at together. */
const GROUP_BLOCK = 16384;
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
  const grouped = tidy(() => columnsOf(score.centroids(centroids), columns));
  try {
    for (let start = 0; start < count; start += blocks.blockSize) {
      const end = Math.min(count, start + blocks.blockSize);
      const points = () => (named ? score.rows(named.subarray(start, end)) : score.range(start, end - start));
      const found = await bestOfGroups({ points, centroids: grouped }, size);
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
  const sample = Int32Array.from({ length: Math.ceil(blocks.n / STRIDE) }, (_, i) => i * STRIDE);
  const gaps = bounds.gaps(sample);
  let cost = 0;
  for (let i = 0; i < sample.length; i++) cost += levelOf(gaps[i]! - drifts.drift[assignments[sample[i]!]!]!, drifts);
  return cost < MOST * sample.length;
}

/** Points of one group, `factor` being theirs. */
interface Herd {
  readonly points: Int32Array;
  readonly factor: Tensor2D;
}

/** Compares points with the centroids of their own group. */
async function searchWithin(
  { bounds, assignments }: SearchState,
  { points, factor }: Herd,
  members: Int32Array,
  centroids: Tensor2D,
): Promise<void> {
  const within = columnsOf(centroids, members);
  const found = await bestScores({ points: () => clone(factor), centroids: within }).finally(() => within.dispose());
  for (let row = 0; row < points.length; row++) {
    assignments[points[row]!] = members[found.column[row]!]!;
    bounds.own[points[row]!] = found.score[row]!;
  }
}

/**
 * Compares points with centroids of other groups, the one that moved most first: as many as their level says.
 *
 * @param rows Of the herd, the highest level first.
 */
async function searchBeyond(
  { blocks, bounds, assignments }: SearchState,
  { points, factor }: Herd,
  rows: Int32Array,
  levels: Uint8Array,
  others: Int32Array,
  centroids: Tensor2D,
  drifts: DriftOrder,
): Promise<void> {
  const farthest = columnsOf(centroids, others);
  try {
    for (let start = 0, end = 0; start < rows.length; start = end) {
      const level = levels[rows[start]!]!;
      while (end < rows.length && end - start < blocks.blockSize) {
        if (end - start >= LEAST_ROWS && levels[rows[end]!]! < LIKE * level) break;
        end++;
      }
      const some = rows.subarray(start, end);
      const length = Math.min(others.length, drifts.covered(level));
      const covered = slice(farthest, [0, 0], [-1, length]);
      const least = new Float32Array(some.length);
      for (let i = 0; i < some.length; i++) least[i] = bounds.own[points[some[i]!]!]!;
      const found = await bestAbove({ points: () => rowsOf(factor, some), centroids: covered }, least).finally(() =>
        covered.dispose(),
      );
      for (let i = 0; i < some.length; i++) {
        const point = points[some[i]!]!;
        const better = found.column[i]! < 0 ? -1 : others[found.column[i]!]!;
        if (better >= 0 && (found.score[i]! > bounds.own[point]! || better < assignments[point]!)) {
          assignments[point] = better;
          bounds.own[point] = found.score[i]!;
          // Nothing is known of the other groups than the one it comes from.
          bounds.outside[point] = Number.NEGATIVE_INFINITY;
        } else {
          const rest = bounds.outside[point]! - drifts.beyond(level);
          bounds.outside[point] = Math.min(rest, bounds.nearest(point, found.score[i]!));
        }
      }
    }
  } finally {
    farthest.dispose();
  }
}

/** Looks at the points of one group; returns those that must be compared with all centroids. */
async function searchGroup(
  state: SearchState,
  group: number,
  groups: CentroidGroups,
  points: Int32Array,
  centroids: Tensor2D,
  drifts: DriftOrder,
): Promise<Int32Array> {
  const { score, bounds } = state;
  const members = groups.columns.subarray(group * groups.size, (group + 1) * groups.size);
  const herd = { points, factor: score.vectors(points) };
  try {
    if (members.some((id) => drifts.drift[id]! > 0)) await searchWithin(state, herd, members, centroids);
    const gaps = bounds.gaps(points);
    const levels = new Uint8Array(points.length);
    const order = new Uint8Array(points.length);
    for (let row = 0; row < points.length; row++) {
      const level = levelOf(gaps[row]!, drifts);
      levels[row] = level;
      order[row] = LEVELS - level;
      if (level === 0) bounds.outside[points[row]!]! -= drifts.most;
    }
    const sorted = groupPoints(order, LEVELS + 1);
    const some = sorted.of(1, LEVELS);
    if (some.length > 0) {
      const covered = drifts.order.subarray(0, drifts.covered(levels[some[0]!]!));
      const others = covered.filter((id) => groups.of[id] !== group);
      if (others.length > 0) await searchBeyond(state, herd, some, levels, others, centroids, drifts);
      else for (const row of some) bounds.outside[points[row]!]! -= drifts.beyond(levels[row]!);
    }
    return sorted.of(0).map((row) => points[row]!);
  } finally {
    herd.factor.dispose();
  }
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
  const { score, blocks, assignments } = state;
  const home = new Int32Array(blocks.n);
  for (let point = 0; point < blocks.n; point++) home[point] = groups.of[assignments[point]!]!;
  const homes = groupPoints(home, groups.count);
  const rest: Int32Array[] = [];
  let done = 0;
  const factor = score.centroids(centroids);
  try {
    for (let group = 0; group < groups.count; group++) {
      const points = homes.of(group);
      for (let start = 0; start < points.length; start += GROUP_BLOCK) {
        const some = points.subarray(start, start + GROUP_BLOCK);
        rest.push(await searchGroup(state, group, groups, some, factor, drifts));
        done += some.length;
        await blocks.breathe(done / blocks.n);
      }
    }
  } finally {
    factor.dispose();
  }
  const all = new Int32Array(rest.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const some of rest) {
    all.set(some, place);
    place += some.length;
  }
  await compareWithGroups(state, centroids, groups, all);
}
