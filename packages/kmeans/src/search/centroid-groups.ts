import { dispose, matMul, slice, tidy, topk } from '@tensorflow/tfjs-core';
import { defaultBlockSize } from './compare-all.js';
import type { Scoring } from './scoring.js';

/** Centroids in groups of one size, near ones together as far as that goes. */
export interface CentroidGroups {
  /** Groups, and columns of each. */
  readonly count: number;
  readonly size: number;
  /** The centroids of group 0, of group 1, …; a group that is short of some repeats its first. */
  readonly columns: Int32Array;
  /** `[K]`: the group of each centroid. */
  readonly of: Int32Array;
}

/** Neighbours of each centroid that may join its group. */
const NEIGHBOURS = 6;
const MOST_ROWS = 1024;

/** Pairs of neighbours, as a · K + b, the nearest first. */
async function neighbourPairs(centroids: Float32Array, k: number, score: Scoring): Promise<number[]> {
  const pairs: { pair: number; closeness: number }[] = [];
  const [points, columns] = tidy(() => [score.asPoints(centroids), score.centroids(centroids)]);
  try {
    const block = Math.min(MOST_ROWS, defaultBlockSize(k));
    for (let start = 0; start < k; start += block) {
      const size = Math.min(block, k - start);
      const best = tidy(() => topk(matMul(slice(points!, [start, 0], [size, -1]), columns!, false, true), NEIGHBOURS));
      try {
        const [scores, near] = await Promise.all([best.values.data(), best.indices.data()]);
        for (let row = 0; row < size; row++) {
          const a = start + row;
          // Its score with itself, or with an equal one, is the highest.
          const self = scores[row * NEIGHBOURS]!;
          for (let m = row * NEIGHBOURS; m < (row + 1) * NEIGHBOURS; m++) {
            if (near[m] !== a) pairs.push({ pair: a * k + near[m]!, closeness: scores[m]! - self });
          }
        }
      } finally {
        dispose([best.values, best.indices]);
      }
    }
  } finally {
    dispose([points!, columns!]);
  }
  return pairs.sort((a, b) => b.closeness - a.closeness || a.pair - b.pair).map(({ pair }) => pair);
}

/** Joins neighbours, the nearest first, as long as no more than `most` come together; largest first. */
function joined(pairs: readonly number[], k: number, most: number): number[][] {
  const parent = Int32Array.from({ length: k }, (_, id) => id);
  const sizes = new Int32Array(k).fill(1);
  const root = (id: number): number => {
    let at = id;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  for (const pair of pairs) {
    const [a, b] = [root(Math.floor(pair / k)), root(pair % k)];
    if (a === b || sizes[a]! + sizes[b]! > most) continue;
    parent[b] = a;
    sizes[a]! += sizes[b]!;
  }
  const members = new Map<number, number[]>();
  for (let id = 0; id < k; id++) {
    const at = root(id);
    const list = members.get(at);
    if (list) list.push(id);
    else members.set(at, [id]);
  }
  return [...members.values()].sort((a, b) => b.length - a.length);
}

/** Puts pieces into `count` groups of `size`; a piece that fits into none is cut. */
function packed(pieces: readonly number[][], count: number, size: number): number[][] {
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (const piece of pieces) {
    const whole = groups.find((group) => group.length + piece.length <= size);
    if (whole) {
      whole.push(...piece);
      continue;
    }
    let rest = piece;
    for (const group of groups) {
      const room = Math.min(rest.length, size - group.length);
      group.push(...rest.slice(0, room));
      rest = rest.slice(room);
    }
  }
  return groups.filter((group) => group.length > 0);
}

/** Groups centroids: joins the nearest neighbours first, and fills groups with what was joined. */
export async function groupCentroids(centroids: Float32Array, k: number, score: Scoring): Promise<CentroidGroups> {
  const size = 16 * Math.max(1, Math.round(Math.sqrt(k) / 8));
  const pairs = await neighbourPairs(centroids, k, score);
  const groups = packed(joined(pairs, k, size), Math.ceil(k / size), size);
  const columns = new Int32Array(groups.length * size);
  const of = new Int32Array(k);
  groups.forEach((group, g) => {
    for (let place = 0; place < size; place++) columns[g * size + place] = group[place] ?? group[0]!;
    for (const id of group) of[id] = g;
  });
  return { count: groups.length, size, columns, of };
}
