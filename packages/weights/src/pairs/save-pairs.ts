import type { MinedPairs } from '@hcsc/samplers';
import type { StoredTensor } from '../dtype.js';
import { writeSafetensors } from '../write-safetensors.js';
import { checkPairs } from './check-pairs.js';

/** Options of {@link savePairs}. */
export interface SavePairsOptions {
  /** Strings to keep with the pairs, how they were found for example; none by default. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What the file says of the pairs itself. */
const TAKEN: readonly string[] = ['images', 'thresholds'];

/**
 * Writes mined pairs to a safetensors file, with a checksum, whole or not at all.
 *
 * The tensors are `pairs` `[P, 2]` int32, `similarities` `[P]` float32 and `duplicates` `[Q, 2]` int32; the metadata has
 * `images`, of how many, and `thresholds` as JSON, where the miner says them. {@link loadPairs} reads them back, equal to the
 * bit.
 *
 * @param path The file to write or replace; its folder must exist.
 * @throws RangeError or TypeError if the pairs do not fit together, or `metadata` has one of these names; the system's error
 *   if the file cannot be written. `path` then holds what it held before.
 *
 * @example
 * ```ts
 * await savePairs('pairs.safetensors', await semanticPairs().mine({ features }));
 * const { pairs, similarities } = await loadPairs('pairs.safetensors');
 * ```
 */
export async function savePairs(
  path: string,
  mined: MinedPairs,
  { metadata = {} }: SavePairsOptions = {},
): Promise<void> {
  const taken = TAKEN.find((name) => Object.hasOwn(metadata, name));
  if (taken) throw new RangeError(`Cannot save pairs with metadata named ${taken}: the file says that of them itself`);
  checkPairs('save pairs', mined);
  const { images, pairs, similarities, duplicates, thresholds } = mined;
  const twoEach = (data: Int32Array): StoredTensor => ({ dtype: 'int32', shape: [data.length / 2, 2], data });
  const tensors: Record<string, StoredTensor> = {
    pairs: twoEach(pairs),
    similarities: { dtype: 'float32', shape: [similarities.length], data: similarities },
    duplicates: twoEach(duplicates),
  };
  await writeSafetensors(path, tensors, {
    metadata: { ...metadata, images: String(images), ...(thresholds && { thresholds: JSON.stringify(thresholds) }) },
    checksum: true,
  });
}
