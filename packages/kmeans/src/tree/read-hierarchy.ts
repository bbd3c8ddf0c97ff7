import type { Hierarchy, HierarchyLevel } from '../hierarchy.js';
import { requireInteger } from '../option-checks.js';
import { requirePoints } from '../read-points.js';
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

function requireShapes(levels: readonly HierarchyLevel[]): void {
  if (levels.length === 0) throw new RangeError('Cannot read a hierarchy of no levels: give at least one level');
  const { assignments, centroids } = levels[0]!;
  levels.forEach((level, l) => {
    const k = level.centroids.shape[0];
    const wanted = { centroids: [k, centroids.shape[1]], assignments: assignments.shape, concentration: [k] };
    const above = l + 1 < levels.length ? { parents: [k] } : null;
    for (const [field, shape] of Object.entries({ ...wanted, ...above })) {
      const given = level[field as keyof HierarchyLevel]?.shape;
      if (String(given) !== String(shape)) {
        throw new RangeError(
          `Level ${l} of a hierarchy needs ${field} of shape [${shape.join(', ')}], got ${given ? `[${given.join(', ')}]` : 'none'}`,
        );
      }
    }
    if (!above && level.parents) {
      throw new RangeError(
        `Level ${l} of a hierarchy is the last and has parents: give null, or the level they are in`,
      );
    }
  });
}

/** Throws unless every value is a row of `k` prototypes; `of` words the error. */
function requireRows(values: Int32Array, k: number, of: string): void {
  const wrong = values.findIndex((value) => value < 0 || value >= k);
  if (wrong >= 0) throw new RangeError(`${of} ${wrong} is ${values[wrong]}, but there are ${k}: give 0 to ${k - 1}`);
}

/** Downloads and indexes the levels; all downloads start before the first is awaited. */
async function readLevels(levels: readonly HierarchyLevel[]): Promise<IndexedLevel[]> {
  const read = await Promise.all(
    levels.map(async ({ assignments, concentration, centroids, parents }) => {
      const values = [assignments, concentration, centroids, ...(parents ? [parents] : [])].map((t) => t.data());
      const [points, phi, prototypes, above] = await Promise.all(values);
      return {
        assignments: Int32Array.from(points!),
        concentration: Float32Array.from(phi!),
        centroids: Float32Array.from(prototypes!),
        parents: above ? Int32Array.from(above) : null,
      };
    }),
  );
  return read.map(({ centroids, ...arrays }, l) => {
    const { assignments, concentration, parents } = arrays;
    const k = concentration.length;
    requireRows(assignments, k, `The level ${l} prototype of point`);
    if (parents) requireRows(parents, read[l + 1]!.concentration.length, `The parent of level ${l} prototype`);
    const members = groupMembers(assignments, k);
    const counts = Int32Array.from({ length: k }, (_, c) => members.offsets[c + 1]! - members.offsets[c]!);
    const below = l > 0 ? read[l - 1]!.parents : null;
    return { data: { counts, ...arrays }, centroids, members, children: below && groupMembers(below, k) };
  });
}

/**
 * Reads a hierarchy's tensors into a tree to walk through: the path of a point, the members, children, parent and
 * nearest examples of a prototype, and plain objects for plots.
 *
 * Reading takes O(N) a level, once. The tree holds copies on the host, O(L · N + K · D) for L levels, so that it
 * outlives the hierarchy and has nothing to dispose.
 *
 * @param hierarchy Not disposed.
 * @throws RangeError if it has no levels, or a shape, an assignment or a parent does not fit.
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
  const roots = () => Int32Array.from(levels[top]!.data.counts.keys());

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
    parent: (level, prototype) => find(level, prototype).data.parents?.[prototype] ?? null,
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
