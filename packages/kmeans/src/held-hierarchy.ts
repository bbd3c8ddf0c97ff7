import { type Tensor, type Variable, variable } from '@tensorflow/tfjs-core';
import { disposeLevels, type Hierarchy, type HierarchyLevel } from './hierarchy.js';

/** A hierarchy in variables; made by {@link heldHierarchy}. */
export interface HeldHierarchy {
  /** What is held, in variables that are the holder's own; null if there is none. */
  readonly current: Hierarchy | null;
  /**
   * Tells the variables in use from those before: as long as it is the same, so are they, and a compiled step that has
   * read them sees what is held now. 0 until there are any.
   */
  readonly version: number;
  /**
   * Holds the values of a hierarchy, or none.
   *
   * If its levels, fields and shapes are those of the one before, the variables stay and are assigned to.
   *
   * @param next Not disposed; the variables share its memory.
   * @throws RangeError for a hierarchy without levels, Error if one of its tensors has been disposed; what was held stays.
   */
  hold(next: Hierarchy | null): void;
  /** Disposes the variables, as holding none does. */
  dispose(): void;
}

/** The tensors of a level by field, in one order; those that are null are left out. */
function fieldsOf(level: HierarchyLevel): [name: string, tensor: Tensor][] {
  const { centroids, assignments, concentration, counts, parents, alive } = level;
  const fields = { centroids, assignments, concentration, counts, parents, alive };
  return Object.entries(fields).flatMap(([name, tensor]) => (tensor ? [[name, tensor]] : []));
}

const formOf = ({ levels }: Hierarchy): string =>
  JSON.stringify(levels.map((level) => fieldsOf(level).map(([name, { shape, dtype }]) => [name, dtype, shape])));

function requireUsable({ levels }: Hierarchy): void {
  if (levels.length === 0) throw new RangeError('Cannot hold a hierarchy: needed at least 1 level, got 0');
  for (const [l, level] of levels.entries()) {
    const gone = fieldsOf(level).find(([, tensor]) => tensor.isDisposed);
    if (gone) throw new Error(`Cannot hold a hierarchy whose levels[${l}].${gone[0]} has been disposed`);
  }
}

/**
 * Makes a holder of a hierarchy whose tensors are variables, so that another hierarchy can come into their place.
 *
 * A compiled step reads variables at each call and has all other tensors from outside by value. With prototypes in
 * variables it serves for every epoch, as long as shapes are the same: those of `hierarchicalKMeans` are, whatever it
 * drops. The variables are not trainable.
 *
 * @example
 * ```ts
 * const held = heldHierarchy();
 * const next = await hierarchicalKMeans(features, [120, 40, 10]);
 * held.hold(next);
 * next.dispose();
 * held.current!.levels[0]!.centroids; // a variable, [120, D]
 * held.dispose();
 * ```
 */
export function heldHierarchy(): HeldHierarchy {
  let current: Hierarchy | null = null;
  let version = 0;
  const release = () => {
    if (current) disposeLevels(current.levels);
    current = null;
  };
  return {
    get current() {
      return current;
    },
    get version() {
      return current ? version : 0;
    },
    hold(next) {
      if (!next) return release();
      requireUsable(next);
      if (current && formOf(current) === formOf(next)) return assign(current, next);
      const levels = next.levels.map(inVariables);
      release();
      current = { levels, dispose: release };
      version++;
    },
    dispose: release,
  };
}

const inVariables = (level: HierarchyLevel): HierarchyLevel => {
  const fields = fieldsOf(level).map(([name, tensor]) => [name, variable(tensor, false)]);
  return { ...level, ...{ parents: null, alive: null }, ...Object.fromEntries(fields) };
};

/** Gives variables the values of a hierarchy of the same form. */
function assign(held: Hierarchy, next: Hierarchy): void {
  held.levels.forEach((level, l) => {
    const values = fieldsOf(next.levels[l]!);
    fieldsOf(level).forEach(([, tensor], i) => {
      const [, value] = values[i]!;
      // Assigned to itself, a variable would free what it is given.
      if (value !== tensor) (tensor as Variable).assign(value);
    });
  });
}
