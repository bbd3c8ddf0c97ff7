import { type DecodingOptions, type EncodedSource, encodedSource } from './encoded-source.js';
import { listTarShards } from './list-tar-shards.js';

/** Options of {@link tarShards}. */
export interface TarShardsOptions extends DecodingOptions {
  /** The name of class 0, 1, …; a label without a name is refused. Default null. */
  classes?: readonly string[] | null;
}

/**
 * Opens tar archives with the naming of WebDataset: `key.jpg` (or `.jpeg`, `.png`, `.webp`) and, for labels, `key.cls`.
 *
 * The archives' headers are read now, the images when they are asked for, at any index; nothing is unpacked.
 *
 * @param paths One archive, a folder of them, a pattern such as `train-{0000..0146}.tar`, or a list of archives.
 * @throws DataFileError (the promise rejects) if an archive is truncated, damaged or compressed, or a sample has no image
 *   or no label where others have one.
 *
 * @example
 * ```ts
 * const train = await tarShards('shards/train-{0000..0146}.tar', { size: 224 });
 * ```
 */
export async function tarShards(
  paths: string | readonly string[],
  { classes = null, ...decoding }: TarShardsOptions = {},
): Promise<EncodedSource> {
  return encodedSource(await listTarShards(paths, { classes: classes ?? undefined }), decoding);
}
