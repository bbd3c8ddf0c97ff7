import type { HierarchyLevel } from '../hierarchy.js';

/** Throws unless the levels' tensors have shapes that fit each other. */
export function requireShapes(levels: readonly HierarchyLevel[]): void {
  if (levels.length === 0) throw new RangeError('Cannot read a hierarchy of no levels: give at least one level');
  const { assignments, centroids } = levels[0]!;
  levels.forEach((level, l) => {
    const k = level.centroids.shape[0];
    const wanted = {
      ...{ centroids: [k, centroids.shape[1]], assignments: assignments.shape, concentration: [k] },
      ...(level.alive && { alive: [k] }),
    };
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

/** Throws unless every value is the row of one of `k` prototypes that is not dropped; `of` words the error. */
export function requireRows(values: Int32Array, k: number, alive: Float32Array | null, of: string): void {
  const wrong = values.findIndex((value) => value < 0 || value >= k);
  if (wrong >= 0) throw new RangeError(`${of} ${wrong} is ${values[wrong]}, but there are ${k}: give 0 to ${k - 1}`);
  const lost = alive ? values.findIndex((value) => alive[value] === 0) : -1;
  if (lost >= 0) throw new RangeError(`${of} ${lost} is ${values[lost]}, which is dropped: give one that is alive`);
}

/** Throws unless prototypes are finite, concentrations above 0 and finite, and `alive` is of 0 and 1. */
export function requireValues(
  l: number,
  {
    centroids,
    concentration,
    alive,
  }: Record<'centroids' | 'concentration', Float32Array> & { alive: Float32Array | null },
): void {
  const rules: [string, Float32Array | null, string, (value: number) => boolean][] = [
    ['centroids', centroids, 'finite', Number.isFinite],
    ['concentration', concentration, 'finite and above 0', (value) => value > 0 && Number.isFinite(value)],
    ['alive', alive, '0 or 1', (value) => value === 0 || value === 1],
  ];
  for (const [field, values, needed, holds] of rules) {
    const wrong = values ? values.findIndex((value) => !holds(value)) : -1;
    if (wrong >= 0) {
      throw new RangeError(
        `Level ${l} of a hierarchy needs ${field} to be ${needed}, got ${values![wrong]} at ${wrong}`,
      );
    }
  }
}
