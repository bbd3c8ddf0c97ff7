import { type Hierarchy, hierarchyTensors } from '@hcsc/kmeans';
import { writeSafetensors } from '../write-safetensors.js';

/**
 * Writes a hierarchy of prototypes to a safetensors file, with a checksum, whole or not at all.
 *
 * The tensors are named as {@link hierarchyTensors} of `@hcsc/kmeans` names them: `hierarchy.0.centroids`, and so on.
 * {@link loadHierarchy} reads it back, equal to the bit.
 *
 * @param path The file to write or replace; its folder must exist.
 * @param hierarchy Not disposed; must stay alive until the promise settles.
 * @throws RangeError if a number is NaN or infinite; the system's error if the file cannot be written. `path` then holds
 *   what it held before.
 *
 * @example
 * ```ts
 * await saveHierarchy('hierarchy.safetensors', hierarchy);
 * const again = await loadHierarchy('hierarchy.safetensors');
 * ```
 */
export async function saveHierarchy(path: string, hierarchy: Hierarchy): Promise<void> {
  if (hierarchy.levels.length === 0)
    throw new RangeError('Cannot save a hierarchy of no levels: give at least one level');
  await writeSafetensors(path, hierarchyTensors(hierarchy), { checksum: true, finite: true });
}
