import { type Hierarchy, hierarchyFromTensors, readHierarchy } from '@hcsc/kmeans';
import { dispose } from '@tensorflow/tfjs-core';
import { readSafetensors } from '../read-safetensors.js';
import { toTensors } from '../to-tensors.js';

/** Throws unless each count is that of the assignments, and all else is as {@link readHierarchy} wants it. */
async function requireValues(hierarchy: Hierarchy): Promise<void> {
  const { levels } = await readHierarchy(hierarchy);
  for (const [l, level] of levels.entries()) {
    const counts = await hierarchy.levels[l]!.counts.data();
    const wrong = level.counts.findIndex((count, prototype) => count !== counts[prototype]);
    if (wrong >= 0) {
      throw new RangeError(
        `Prototype ${wrong} of level ${l} has a count of ${counts[wrong]}, but ${level.counts[wrong]} images`,
      );
    }
  }
}

/**
 * Reads a hierarchy of prototypes from a safetensors file and checks all of it.
 *
 * Files of {@link saveHierarchy}, `hierarchy.safetensors` of a run, and any other with tensors named
 * `hierarchy.0.centroids` and so on; other tensors are left alone. In a file without `hierarchy.0.alive`, all prototypes
 * of the level are alive.
 *
 * @returns The hierarchy, which the caller disposes.
 * @throws SafetensorsError as {@link readSafetensors}; RangeError or TypeError that names the file if it holds no
 *   hierarchy, a tensor is missing or does not fit the others, a number is NaN or infinite, or an assignment, parent or
 *   count is wrong; the system's error if the file cannot be read. No tensor is left behind.
 *
 * @example
 * ```ts
 * const hierarchy = await loadHierarchy('runs/first/hierarchy.safetensors');
 * hierarchy.dispose();
 * ```
 */
export async function loadHierarchy(path: string): Promise<Hierarchy> {
  const { tensors } = await readSafetensors(path);
  const names = Object.keys(tensors).filter((name) => name.startsWith('hierarchy.'));
  let hierarchy: Hierarchy | null = null;
  try {
    const own = toTensors(Object.fromEntries(names.map((name) => [name, tensors[name]!])));
    try {
      hierarchy = hierarchyFromTensors(own);
    } finally {
      dispose(own);
    }
    if (!hierarchy) {
      const found = Object.keys(tensors).slice(0, 3).join(', ') || 'none';
      throw new RangeError(`it has no tensors named hierarchy.0.centroids and so on, but ${found}`);
    }
    await requireValues(hierarchy);
    return hierarchy;
  } catch (error) {
    hierarchy?.dispose();
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    const Kind = error instanceof TypeError ? TypeError : RangeError;
    throw new Kind(`Cannot load a hierarchy from ${path}: ${error.message}`, { cause: error });
  }
}
