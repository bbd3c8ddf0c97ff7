import { clone, dispose, type Tensor, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { Hierarchy, HierarchyLevel } from './hierarchy.js';

/**
 * Names the tensors of a hierarchy for a checkpoint: `hierarchy.0.centroids`, and so on for each level and field that
 * is not null.
 *
 * The tensors are the hierarchy's own and live as long as it does; {@link hierarchyFromTensors} reads them back.
 *
 * @example
 * ```ts
 * await writeSafetensors('hierarchy.safetensors', hierarchyTensors(hierarchy));
 * ```
 */
export function hierarchyTensors(hierarchy: Hierarchy): Record<string, Tensor> {
  const named: Record<string, Tensor> = {};
  hierarchy.levels.forEach((level, l) => {
    const { centroids, assignments, concentration, counts, parents, alive } = level;
    const fields = {
      centroids,
      assignments,
      concentration,
      counts,
      ...(parents && { parents }),
      ...(alive && { alive }),
    };
    for (const [field, tensor] of Object.entries(fields)) named[`hierarchy.${l}.${field}`] = tensor;
  });
  return named;
}

/** The levels in the record, whose tensors must fit each other. */
function readLevels(tensors: Readonly<Record<string, Tensor>>, depth: number): HierarchyLevel[] {
  /** The tensor of that name, if its dtype and shape are right; a size of null may be any. */
  const take = <T extends Tensor>(name: string, dtype: T['dtype'], shape: readonly (number | null)[]): T => {
    const tensor = tensors[`hierarchy.${name}`];
    const wanted = `[${shape.map((size) => size ?? '?').join(', ')}]`;
    if (!tensor) throw new RangeError(`Cannot load a hierarchy of ${depth} levels without hierarchy.${name} ${wanted}`);
    if (tensor.dtype !== dtype) throw new TypeError(`hierarchy.${name} must be ${dtype}, got ${tensor.dtype}`);
    if (tensor.rank !== shape.length || shape.some((size, axis) => size !== null && size !== tensor.shape[axis])) {
      throw new RangeError(`hierarchy.${name} must have shape ${wanted}, got [${tensor.shape.join(', ')}]`);
    }
    return tensor as T;
  };
  const images = take<Tensor1D>('0.assignments', 'int32', [null]).shape[0];
  const width = take<Tensor2D>('0.centroids', 'float32', [null, null]).shape[1];
  if (tensors[`hierarchy.${depth - 1}.parents`]) {
    throw new RangeError(`hierarchy.${depth - 1}.parents points to a level ${depth} that is not there`);
  }
  return Array.from({ length: depth }, (_, l): HierarchyLevel => {
    const centroids = take<Tensor2D>(`${l}.centroids`, 'float32', [null, width]);
    const k = centroids.shape[0];
    return {
      centroids,
      assignments: take<Tensor1D>(`${l}.assignments`, 'int32', [images]),
      concentration: take<Tensor1D>(`${l}.concentration`, 'float32', [k]),
      counts: take<Tensor1D>(`${l}.counts`, 'int32', [k]),
      parents: l + 1 < depth ? take<Tensor1D>(`${l}.parents`, 'int32', [k]) : null,
      alive: tensors[`hierarchy.${l}.alive`] ? take<Tensor1D>(`${l}.alive`, 'float32', [k]) : null,
    };
  });
}

/**
 * Builds a hierarchy from the tensors that {@link hierarchyTensors} named; other names in the record are ignored.
 *
 * @param tensors Copied, not taken over.
 * @returns The hierarchy, which the caller disposes; null if the record holds none.
 * @throws RangeError if a tensor is missing or its shape does not fit the others, TypeError if its dtype is wrong.
 *
 * @example
 * ```ts
 * const hierarchy = hierarchyFromTensors(await readSafetensors('hierarchy.safetensors'));
 * ```
 */
export function hierarchyFromTensors(tensors: Readonly<Record<string, Tensor>>): Hierarchy | null {
  const names = Object.keys(tensors).filter((name) => /^hierarchy\.\d+\./.test(name));
  if (names.length === 0) return null;
  const depth = 1 + Math.max(...names.map((name) => Number(name.split('.')[1])));
  const copies = tidy(() => Object.fromEntries(names.map((name) => [name, clone(tensors[name]!)])));
  try {
    return { levels: readLevels(copies, depth), dispose: () => dispose(copies) };
  } catch (error) {
    dispose(copies);
    throw error;
  }
}
