import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the files of a data set may be, for {@link locateFiles}. */
export interface FilesAsked {
  /** The data set, for errors. */
  readonly set: string;
  /** What the user gave. */
  readonly folder: string;
  /** The folder that the data set's archive unpacks to, looked for inside `folder`. */
  readonly inner: string;
  readonly files: readonly string[];
  /** What to do if they are not there, after "Cannot open …: …". */
  readonly remedy: string;
}

/**
 * The paths of a data set's files, from the folder that has them all: the given one or `inner` inside it.
 *
 * @throws Error that names the files that are missing and the folders where they were looked for.
 */
export function locateFiles({ set, folder, inner, files, remedy }: FilesAsked): string[] {
  const places = [folder, join(folder, inner)];
  const missing = places.map((place) => files.filter((file) => !existsSync(join(place, file))));
  const complete = missing.findIndex((names) => names.length === 0);
  if (complete >= 0) return files.map((file) => join(places[complete]!, file));
  const best = missing[1]!.length < missing[0]!.length ? 1 : 0;
  const begun = missing[best]!.length < files.length;
  const names = missing[best]!.join(', ');
  const where = begun ? `not in ${places[best]}, where the others are` : `neither in ${places[0]} nor in ${places[1]}`;
  throw new Error(`Cannot open ${set}: looked for ${names}, ${where}. ${remedy}`);
}
