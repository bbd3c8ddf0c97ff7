import type { MinedPairs } from '@hcsc/samplers';
import type { ArrayOfDtype, StoredDtype, StoredTensor } from '../dtype.js';
import { readSafetensors } from '../read-safetensors.js';
import { checkPairs } from './check-pairs.js';

/** Pairs from a file, and the strings that were kept with them. */
export interface SavedPairs extends MinedPairs {
  readonly metadata: Readonly<Record<string, string>>;
}

function valuesOf<D extends StoredDtype>(
  tensors: Readonly<Record<string, StoredTensor>>,
  name: string,
  dtype: D,
  width: number,
): ArrayOfDtype[D] {
  const tensor = tensors[name];
  const needed = `${name} [n${width > 1 ? `, ${width}` : ''}] ${dtype}`;
  if (!tensor) throw new RangeError(`needed ${needed}, found ${Object.keys(tensors).slice(0, 3).join(', ') || 'none'}`);
  const [, ...row] = tensor.shape;
  if (tensor.dtype !== dtype) throw new TypeError(`needed ${needed}, found ${tensor.dtype}`);
  if (tensor.shape.length < 1 || row.join() !== (width > 1 ? String(width) : '')) {
    throw new RangeError(`needed ${needed}, found [${tensor.shape.join(', ')}]`);
  }
  return tensor.data as ArrayOfDtype[D];
}

function thresholdsOf(text: string | undefined): MinedPairs['thresholds'] {
  if (text === undefined) return undefined;
  try {
    const { lower, upper } = JSON.parse(text);
    if (typeof lower === 'number' && typeof upper === 'number') return { lower, upper };
  } catch {
    // said below
  }
  throw new RangeError(`needed thresholds as {"lower":0.97,"upper":0.99}, found ${text.slice(0, 80)}`);
}

/**
 * Reads pairs that {@link savePairs} wrote, and checks all of them; `pairs.safetensors` of a run is such a file.
 *
 * @returns The pairs, and all metadata of the file.
 * @throws SafetensorsError as {@link readSafetensors}; RangeError or TypeError that names the file if it holds no pairs, they
 *   are of images that are not there, or a similarity is no cosine; the system's error if the file cannot be read.
 *
 * @example
 * ```ts
 * const { images, pairs, similarities } = await loadPairs('runs/spps/pairs/pairs.safetensors');
 * console.log(`${similarities.length} pairs of ${images} images`);
 * ```
 */
export async function loadPairs(path: string): Promise<SavedPairs> {
  const { tensors, metadata } = await readSafetensors(path);
  try {
    const thresholds = thresholdsOf(metadata.thresholds);
    const mined: MinedPairs = {
      images: Number(metadata.images),
      pairs: valuesOf(tensors, 'pairs', 'int32', 2),
      similarities: valuesOf(tensors, 'similarities', 'float32', 1),
      duplicates: valuesOf(tensors, 'duplicates', 'int32', 2),
      ...(thresholds && { thresholds }),
    };
    checkPairs('use them', mined);
    return { ...mined, metadata };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    const Kind = error instanceof TypeError ? TypeError : RangeError;
    throw new Kind(`Cannot load pairs from ${path}: ${error.message.replace(/^Cannot use them: /, '')}`, {
      cause: error,
    });
  }
}
