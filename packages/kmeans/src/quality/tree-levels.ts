import type { Hierarchy } from '../hierarchy.js';

/**
 * Reads the levels of a hierarchy as a tree: each point's first prototype, and that one's ancestors.
 *
 * They are the hierarchy's own assignments if these are `'tree'`; with `'nearest'` a point's prototypes need not lie below each
 * other, but these do. For {@link dendrogramPurity}.
 *
 * @param hierarchy Not disposed.
 * @returns `[N]` for each level, finest first.
 *
 * @example
 * ```ts
 * dendrogramPurity(await treeLevels(hierarchy), labels);
 * ```
 */
export async function treeLevels({ levels }: Hierarchy): Promise<Int32Array[]> {
  const [finest, ...parents] = await Promise.all([
    levels[0]!.assignments.data<'int32'>(),
    ...levels.slice(0, -1).map((level) => level.parents!.data<'int32'>()),
  ]);
  const nested = [finest!];
  for (const above of parents) nested.push(nested.at(-1)!.map((prototype) => above[prototype]!));
  return nested;
}
