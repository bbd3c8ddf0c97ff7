import type { Hierarchy, HierarchyLevel } from '../hierarchy.js';
import { livingRows } from '../living-rows.js';
import { requireInteger } from '../option-checks.js';
import { requirePoints } from '../read-points.js';
import { requireRows, requireShapes, requireValues } from './check-levels.js';
import { type Groups, groupMembers, membersOf } from './group-members.js';
import type { HierarchyNode, HierarchyTree, HierarchyTreeLevel } from './hierarchy-tree.js';
import { nearestExamples } from './nearest-examples.js';

/** A level with its members grouped; `children` are the groups of the prototypes below, none at level 0. */
interface IndexedLevel {
  readonly data: HierarchyTreeLevel;
  readonly centroids: Float32Array;
  readonly members: Groups;
  readonly children: Groups | null;
}

/** Downloads and indexes the levels; all downloads start before the first is awaited. */
async function readLevels(levels: readonly HierarchyLevel[]): Promise<IndexedLevel[]> {
  const read = await Promise.all(
    levels.map(async ({ assignments, concentration, centroids, parents, alive }) => {
      const values = [assignments, concentration, centroids, parents, alive].map((tensor) => tensor?.data());
      const [points, phi, prototypes, above, living] = await Promise.all(values);
      return {
        assignments: Int32Array.from(points!),
        concentration: Float32Array.from(phi!),
        centroids: Float32Array.from(prototypes!),
        parents: above ? Int32Array.from(above) : null,
        alive: living ? Float32Array.from(living) : null,
      };
    }),
  );
  return read.map(({ centroids, ...arrays }, l) => {
    const { assignments, concentration, parents, alive } = arrays;
    const [k, above, below] = [concentration.length, read[l + 1], read[l - 1]];
    requireValues(l, { centroids, concentration, alive });
    requireRows(assignments, k, alive, `The level ${l} prototype of point`);
    if (parents) {
      requireRows(parents, above!.concentration.length, above!.alive, `The parent of level ${l} prototype`);
    }
    const members = groupMembers(assignments, k);
    const counts = Int32Array.from({ length: k }, (_, c) => members.offsets[c + 1]! - members.offsets[c]!);
    const children = below ? groupChildren(below, k) : null;
    return { data: { counts, ...arrays }, centroids, members, children };
  });
}

/** The prototypes of a level by their parents among k; those that are dropped are nobody's. */
function groupChildren({ parents, alive }: Pick<HierarchyTreeLevel, 'parents' | 'alive'>, k: number): Groups {
  const nobody = k;
  return groupMembers(
    parents!.map((parent, child) => (alive?.[child] === 0 ? nobody : parent)),
    k + 1,
  );
}

/**
 * Reads a hierarchy's tensors into a tree to walk through: the path of a point, the members, children, parent and
 * nearest examples of a prototype, and plain objects for plots.
 *
 * Reading takes O(N) a level, once. The tree holds copies on the host, O(L · N + K · D) for L levels, so that it
 * outlives the hierarchy and has nothing to dispose. A prototype that was dropped has no members, children or parent, and is
 * no root.
 *
 * @param hierarchy Not disposed.
 * @throws RangeError if it has no levels, a shape, an assignment or a parent does not fit, or a number is NaN or infinite.
 *
 * @example
 * ```ts
 * const tree = await readHierarchy(hierarchy);
 * tree.path(7); // { prototypes: [12, 3, 0], ancestors: [12, 3, 1] }
 * for (const root of tree.roots()) {
 *   console.log(root, tree.children(tree.levels.length - 1, root));
 * }
 * const examples = await tree.nearest(0, 12, 8, features); // [{ point: 7, similarity: 0.98 }, …]
 * console.log(JSON.stringify(tree));
 * ```
 */
export async function readHierarchy(hierarchy: Hierarchy): Promise<HierarchyTree> {
  requireShapes(hierarchy.levels);
  const [points, width] = [hierarchy.levels[0]!.assignments.shape[0], hierarchy.levels[0]!.centroids.shape[1]];
  const levels = await readLevels(hierarchy.levels);
  const top = levels.length - 1;

  const find = (level: number, prototype: number): IndexedLevel => {
    const found = levels[level];
    if (!found) throw new RangeError(`Cannot find level ${level} of ${levels.length}: give 0 to ${top}`);
    const k = found.data.counts.length;
    if (!Number.isInteger(prototype) || prototype < 0 || prototype >= k) {
      throw new RangeError(`Cannot find prototype ${prototype} of the ${k} at level ${level}: give 0 to ${k - 1}`);
    }
    return found;
  };
  const children = (level: number, prototype: number): Int32Array => {
    const groups = find(level, prototype).children;
    return groups ? membersOf(groups, prototype) : new Int32Array(0);
  };
  const node = (level: number, prototype: number): HierarchyNode => ({
    level,
    prototype,
    count: levels[level]!.data.counts[prototype]!,
    concentration: levels[level]!.data.concentration[prototype]!,
    children: Array.from(children(level, prototype), (child) => node(level - 1, child)),
  });
  const roots = () => {
    const { counts, alive } = levels[top]!.data;
    return alive ? livingRows(alive) : Int32Array.from(counts.keys());
  };

  return {
    points,
    levels: levels.map(({ data }) => data),
    path(point) {
      if (!Number.isInteger(point) || point < 0 || point >= points) {
        throw new RangeError(`Cannot find point ${point} of ${points}: give 0 to ${points - 1}`);
      }
      const prototypes = levels.map(({ data }) => data.assignments[point]!);
      const ancestors = [prototypes[0]!];
      for (const { data } of levels.slice(0, top)) ancestors.push(data.parents![ancestors.at(-1)!]!);
      return { prototypes, ancestors };
    },
    members: (level, prototype) => membersOf(find(level, prototype).members, prototype),
    children,
    parent(level, prototype) {
      const { parents, alive } = find(level, prototype).data;
      return alive?.[prototype] === 0 ? null : (parents?.[prototype] ?? null);
    },
    roots,
    async nearest(level, prototype, n, features) {
      const { centroids, members } = find(level, prototype);
      requireInteger('n', n, 1);
      const given = features instanceof Float32Array ? `${features.length} values` : `[${features.shape.join(', ')}]`;
      if (!(features instanceof Float32Array)) requirePoints(features, 'features');
      if (given !== `[${points}, ${width}]` && given !== `${points * width} values`) {
        throw new RangeError(`features must be [${points}, ${width}], those that were clustered, got ${given}`);
      }
      const centroid = centroids.slice(prototype * width, (prototype + 1) * width);
      return nearestExamples(membersOf(members, prototype), centroid, n, features);
    },
    toJSON: () => Array.from(roots(), (root) => node(top, root)),
  };
}
