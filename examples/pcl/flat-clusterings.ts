import {
  type Hierarchy,
  type HierarchyLevel,
  type HierarchyOptions,
  hierarchicalKMeans,
  hierarchyFromTensors,
  hierarchyTensors,
} from '@hcsc/kmeans';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

export type FlatClusteringsOptions = Pick<
  HierarchyOptions,
  'temperature' | 'smoothing' | 'clipPercentiles' | 'floor' | 'iterations' | 'warmStart' | 'signal'
>;

const together = (clusterings: readonly Hierarchy[]): Hierarchy => ({
  levels: clusterings.map(({ levels }) => levels[0]!),
  dispose() {
    for (const clustering of clusterings) clustering.dispose();
  },
});

/** One clustering of several, as a hierarchy of one level. */
export const alone = (level: HierarchyLevel, dispose: () => void): Hierarchy => ({ levels: [level], dispose });

/**
 * Clusters features several times, each time by itself: a hierarchy without parents.
 *
 * Clustering m is k-means with seed m, 20 iterations and 5 starts; an image's prototype is that of its cluster.
 *
 * @param clusters Prototypes of each clustering, in any order.
 */
export async function flatClusterings(
  features: Tensor2D,
  clusters: readonly number[],
  { warmStart, ...options }: FlatClusteringsOptions,
): Promise<Hierarchy> {
  const made: Hierarchy[] = [];
  try {
    for (const [m, k] of clusters.entries()) {
      const start = warmStart ? { warmStart: { levels: [warmStart.levels[m]!] } } : {};
      made.push(await hierarchicalKMeans(features, [k], { ...options, ...start, seed: m, assignment: 'tree' }));
    }
  } catch (error) {
    together(made).dispose();
    throw error;
  }
  return together(made);
}

const prefixOf = (m: number) => `clustering${m + 1}/`;

/** The tensors of clusterings by name, for a checkpoint: those of the hierarchy's own. */
export function clusteringTensors({ levels, dispose }: Hierarchy): Record<string, Tensor> {
  const named = levels.flatMap((level, m) =>
    Object.entries(hierarchyTensors(alone(level, dispose))).map(([name, tensor]) => [prefixOf(m) + name, tensor]),
  );
  return Object.fromEntries(named);
}

/** Reads back `count` clusterings, copied; null if the record has none of them. */
export function clusteringsFromTensors(tensors: Readonly<Record<string, Tensor>>, count: number): Hierarchy | null {
  const found: Hierarchy[] = [];
  try {
    for (let m = 0; m < count; m++) {
      const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefixOf(m)));
      const clustering = hierarchyFromTensors(
        Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefixOf(m).length), tensor])),
      );
      if (clustering) found.push(clustering);
    }
    if (found.length > 0 && found.length < count) {
      throw new RangeError(`Cannot go on with ${found.length} clusterings of ${count}: give all of them, or none`);
    }
  } catch (error) {
    together(found).dispose();
    throw error;
  }
  return found.length > 0 ? together(found) : null;
}
