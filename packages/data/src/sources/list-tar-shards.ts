import { basename } from 'node:path';
import type { EncodedImages } from './encoded-images.js';
import { expandShards } from './expand-shards.js';
import { inLanes } from './in-lanes.js';
import { indexShard, refuseMixedLabels, type Shard } from './index-shard.js';

/** Options of {@link listTarShards}. */
export interface ListTarShardsOptions {
  /** The name of class 0, 1, …; a label without a name is refused. Default null. */
  classes?: readonly string[] | null;
}

/** So many archives are gone through at the same time. */
const LANES = 4;

/**
 * Lists the images in tar archives with the naming of WebDataset: `key.jpg` (or `.jpeg`, `.png`, `.webp`) and, for labels,
 * `key.cls` with a class number in decimal.
 *
 * A key is a path up to the first dot of the file's name; the files of a sample lie next to each other. Other files are
 * ignored. Only headers and labels are read; names and positions are kept, some 40 bytes for an image.
 *
 * @param paths An archive, a folder of `*.tar`, a pattern such as `train-{0000..0146}.tar`, or a list of these.
 * @throws DataFileError (the promise rejects) if an archive is truncated, damaged or compressed, a sample has no image or
 *   two, some samples have a label and some none, or a label is no class; Error if there is no sample; RangeError for a
 *   pattern that counts downwards.
 *
 * @example
 * ```ts
 * const images = await listTarShards('shards/train-{0000..0146}.tar');
 * ```
 */
export async function listTarShards(
  paths: string | readonly string[],
  { classes = null }: ListTarShardsOptions = {},
): Promise<EncodedImages> {
  const given = typeof paths === 'string' ? [paths] : paths;
  const files = (await Promise.all(given.map(expandShards))).flat();
  const shards: Shard[] = [];
  await inLanes(files.length, LANES, async (i) => {
    shards[i] = await indexShard(files[i]!, classes?.length ?? null);
  });
  const starts = new Float64Array(shards.length + 1);
  shards.forEach((shard, i) => {
    starts[i + 1] = starts[i]! + shard.names.length;
  });
  const length = starts[shards.length]!;
  if (length === 0) {
    throw new Error(
      `Cannot list the images of ${given.join(', ') || 'no archive'}: no sample with an image (.jpg, .jpeg, .png or .webp) in ${files.length} archives`,
    );
  }
  const labels = allLabels(shards, length);
  const find = (index: number): [Shard, number] => {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`Cannot give image ${index}: there are images 0 to ${length - 1}`);
    }
    let [low, high] = [0, shards.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= index) low = middle;
      else high = middle;
    }
    return [shards[low]!, index - starts[low]!];
  };
  return Object.freeze<EncodedImages>({
    name: given.length === 1 ? basename(given[0]!) : `${files.length} archives`,
    length,
    classes: classes && Object.freeze([...classes]),
    labels,
    at(index) {
      const [shard, i] = find(index);
      return { path: shard.path, offset: shard.offsets[i]!, length: shard.sizes[i]! };
    },
    nameOf(index) {
      const [shard, i] = find(index);
      return `${shard.path}: ${shard.names.at(i)}`;
    },
  });
}

function allLabels(shards: readonly Shard[], length: number): Int32Array | null {
  const filled = shards.filter((shard) => shard.names.length > 0);
  const labelled = filled[0]!.labels !== null;
  const other = filled.find((shard) => (shard.labels !== null) !== labelled);
  if (other) refuseMixedLabels(other.path, other.first, other.names.at(0), other.labels?.[0]);
  if (!labelled) return null;
  const labels = new Int32Array(length);
  let end = 0;
  for (const shard of filled) {
    labels.set(shard.labels!, end);
    end += shard.names.length;
  }
  return labels;
}
