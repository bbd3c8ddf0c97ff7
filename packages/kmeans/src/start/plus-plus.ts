import { mersenneTwister } from '../mersenne-twister.js';
import { type NearestOptions, nearestCentroids } from '../nearest-centroids.js';
import { normalizeRows } from '../normalize-rows.js';
import type { PointSet } from '../point-set.js';
import { type Candidate, measureCandidates } from './candidates.js';
import { type PointDistances, pointDistances } from './point-distances.js';
import { weightedDraws } from './weighted-draws.js';

/** What {@link plusPlus} takes besides the points. */
export interface PlusPlusOptions {
  /** Of the draws. */
  readonly seed: number;
  /** `[N]`, 0 or more; null if all points weigh 1. */
  readonly weights: Float32Array | null;
  /** `[m, D]`, row-major: centroids that stand already; null if there are none. */
  readonly placed: Float32Array | null;
  readonly near: NearestOptions;
}

/** Candidates for each centroid that is taken from them. */
const CANDIDATES = 4;
/** With m centroids, as many as m divided by this are taken at a time … */
const GROWTH = 8;
/** … and no more than these. */
const MOST = 128;
/** Numbers that are looked at before other work may run. */
const PIECE = 2 ** 20;

/** Uniform draws from 0 to below 1 with 53 random bits. */
function uniformDraws(seed: number): () => number {
  const draw = mersenneTwister(seed);
  return () => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53;
}

/** What the objective falls by if a candidate becomes a centroid. */
function gainOf({ nearer, distances }: Candidate, least: Float64Array, masses: Float64Array): number {
  let gain = 0;
  for (let m = 0; m < nearer.length; m++) {
    const i = nearer[m]!;
    const less = least[i]! - distances[m]!;
    if (less > 0) gain += masses[i]! * less;
  }
  return gain;
}

/**
 * Takes the candidate with the largest gain, then that of what is left, and so on, at most `most` in all and at least one; a
 * candidate that gains nothing is not taken.
 */
function takeBest(candidates: Candidate[], most: number, least: Float64Array, distances: PointDistances): number[] {
  const { masses, between } = distances;
  const left = candidates.map((candidate) => ({ candidate, gain: gainOf(candidate, least, masses) }));
  const taken: number[] = [];
  while (taken.length < most && left.length > 0) {
    // Gains only fall as centroids are added: the first one that is still the largest when it is summed up anew is it.
    let best = 0;
    for (let stale = true; stale; ) {
      for (let c = 0; c < left.length; c++) if (left[c]!.gain > left[best]!.gain) best = c;
      const gain = gainOf(left[best]!.candidate, least, masses);
      stale = gain < left[best]!.gain;
      left[best]!.gain = gain;
    }
    const { candidate, gain } = left.splice(best, 1)[0]!;
    if (gain === 0 && taken.length > 0) break;
    taken.push(candidate.point);
    for (const i of candidate.nearer) least[i] = Math.min(least[i]!, between(i, candidate.point));
    least[candidate.point] = 0;
  }
  return taken;
}

/** Points not chosen yet, in random order, those that weigh something first. */
function drawRest(chosen: number[], count: number, masses: Float64Array, uniform: () => number): void {
  const seen = new Set(chosen);
  for (const heavy of [true, false]) {
    const rest = Array.from(masses.keys()).filter((i) => !seen.has(i) && masses[i]! > 0 === heavy);
    for (let at = 0; at < rest.length && chosen.length < count; at++) {
      const other = at + Math.floor(uniform() * (rest.length - at));
      [rest[at], rest[other]] = [rest[other]!, rest[at]!];
      chosen.push(rest[at]!);
    }
  }
}

/**
 * Draws points that are far from each other, to start k-means from: k-means++, greedy and in batches.
 *
 * The first point is drawn with a probability proportional to its weight, a candidate for any other with one proportional
 * to w · d², d being the distance to the nearest point chosen so far. If spherical, w is the weight times ‖x‖, and d the
 * distance of the directions: w · d² is then the point's share of what can be gained, too. Of the candidates, those are
 * kept, one after the other, that lower the objective most. There are 2 + ⌊ln count⌋ for one point, as in scikit-learn;
 * once m points are chosen, m / 8 are chosen at a time, at most 128, of 4 times as many candidates.
 * That ends as low as scikit-learn does, with less than half the candidates, in large products of matrices.
 *
 * D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007, whose last section has the
 * candidates.
 *
 * Takes about 4 · N · count · D multiply-adds on the device, as 4 passes over all points and centroids, in blocks; on the
 * host O(N) numbers. Once no point is at a distance from those chosen, the rest is drawn uniformly from the others,
 * those of weight 0 last. No point is chosen twice.
 *
 * @param count How many, at most N.
 * @returns The indices of the points, in the order in which they were chosen.
 */
export async function plusPlus(
  points: PointSet,
  count: number,
  { seed, weights, placed, near }: PlusPlusOptions,
): Promise<Int32Array> {
  const width = points.mean.length;
  const uniform = uniformDraws(seed);
  const distances = pointDistances(points, weights, near.spherical);
  const { masses } = distances;
  const n = masses.length;
  const least = new Float64Array(n);
  const chosen: number[] = [];

  const measure = async (distance: (i: number) => number) => {
    const size = Math.ceil(PIECE / width);
    for (let start = 0; start < n; start += size) {
      const end = Math.min(n, start + size);
      for (let i = start; i < end; i++) least[i] = masses[i] === 0 ? 0 : distance(i);
      await near.breathe();
    }
  };
  if (placed && placed.length > 0) {
    const rows = near.spherical ? normalizeRows(Float32Array.from(placed), width) : placed;
    const breathe = () => near.breathe();
    const nearest = await nearestCentroids(points, rows, { ...near, breathe });
    await measure((i) => distances.toRow(i, rows, nearest[i]!));
  } else {
    const draws = weightedDraws(masses, uniform);
    if (draws.total > 0) {
      const first = draws.draw();
      chosen.push(first);
      await measure((i) => distances.between(i, first));
    }
  }

  const trials = 2 + Math.floor(Math.log(Math.max(1, count)));
  const standing = placed ? placed.length / width : 0;
  while (chosen.length < count) {
    const draws = weightedDraws(
      least.map((square, i) => square * masses[i]!),
      uniform,
    );
    if (draws.total === 0) break;
    const most = Math.min(count - chosen.length, MOST, Math.max(1, Math.floor((standing + chosen.length) / GROWTH)));
    const drawn = new Set<number>();
    for (let trial = 0; trial < Math.max(trials, CANDIDATES * most); trial++) drawn.add(draws.draw());
    const candidates = await measureCandidates(points, distances, least, Int32Array.from(drawn), near);
    chosen.push(...takeBest(candidates, most, least, distances));
  }
  drawRest(chosen, count, masses, uniform);
  return Int32Array.from(chosen);
}
