import type { PointSet } from './point-set.js';
import { addRow } from './row-sums.js';

/** The sums of clusters, which follow the assignments of their points. */
export interface ClusterSums {
  /** `[K, D]`, row-major. */
  readonly sums: Float64Array;
  /** `[K]`: the weight of each cluster's points. */
  readonly masses: Float64Array;
  /** Brings both up to date; returns how many points have another cluster than before. */
  follow(assignments: Int32Array): number;
}

/** Points that moved are taken off one sum and added to another if no more than this share did. */
const FEW = 0.25;
/**
 * Taking a point off leaves the rounding of the sum behind, so that a sum is made anew once the lengths of its points, times
 * their weights, add up to less than this share of the most they ever did.
 */
const LEFT = 0.125;

/** Creates {@link ClusterSums} of k clusters that hold no point yet. */
export function clusterSums(
  { values, squares }: Pick<PointSet, 'values' | 'squares'>,
  k: number,
  weights: Float32Array | null,
): ClusterSums {
  const n = squares.length;
  const width = values.length / n;
  const before = new Int32Array(n).fill(-1);
  const sums = new Float64Array(k * width);
  const masses = new Float64Array(k);
  /** The lengths of each cluster's points, and the most that they were since its sum was made anew. */
  const lengths = new Float64Array(k);
  const most = new Float64Array(k);
  const weightOf = (point: number) => (weights ? weights[point]! : 1);

  function weigh(assignments: Int32Array): void {
    masses.fill(0);
    lengths.fill(0);
    for (let i = 0; i < n; i++) {
      const weight = weightOf(i);
      masses[assignments[i]!]! += weight;
      lengths[assignments[i]!]! += weight * Math.sqrt(squares[i]!);
    }
  }

  function moveRows(moved: Int32Array, assignments: Int32Array): void {
    for (const i of moved) {
      addRow(sums, before[i]! * width, values, i * width, width, -weightOf(i));
      addRow(sums, assignments[i]! * width, values, i * width, width, weightOf(i));
    }
  }

  function makeAnew(stale: Uint8Array, assignments: Int32Array): void {
    for (let cluster = 0; cluster < k; cluster++) {
      if (stale[cluster]) sums.fill(0, cluster * width, (cluster + 1) * width);
    }
    for (let i = 0; i < n; i++) {
      const cluster = assignments[i]!;
      if (stale[cluster]) addRow(sums, cluster * width, values, i * width, width, weightOf(i));
    }
  }

  return {
    sums,
    masses,
    follow(assignments) {
      const moved = new Int32Array(n);
      let changed = 0;
      for (let i = 0; i < n; i++) if (assignments[i] !== before[i]) moved[changed++] = i;
      if (changed === 0) return 0;
      weigh(assignments);
      const stale = new Uint8Array(k);
      if (changed <= FEW * n) {
        moveRows(moved.subarray(0, changed), assignments);
        for (let cluster = 0; cluster < k; cluster++) {
          most[cluster] = Math.max(most[cluster]!, lengths[cluster]!);
          if (lengths[cluster]! < LEFT * most[cluster]! || masses[cluster] === 0) stale[cluster] = 1;
        }
      } else {
        for (const i of moved.subarray(0, changed)) {
          stale[assignments[i]!] = 1;
          if (before[i]! >= 0) stale[before[i]!] = 1;
        }
      }
      if (stale.includes(1)) {
        makeAnew(stale, assignments);
        for (let cluster = 0; cluster < k; cluster++) if (stale[cluster]) most[cluster] = lengths[cluster]!;
      }
      before.set(assignments);
      return changed;
    },
  };
}
