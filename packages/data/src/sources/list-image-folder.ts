import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { EncodedImages } from './encoded-images.js';
import { growingArray } from './growing-array.js';
import { inLanes } from './in-lanes.js';
import { type PathTable, pathTable } from './path-table.js';

/** What images in files are called unless the caller says so. */
const imageExtensions: readonly string[] = Object.freeze(['.jpg', '.jpeg', '.png', '.webp']);

/** Options of {@link listImageFolder}. */
export interface ListImageFolderOptions {
  /** The class folders, in the order of their ids; a folder that is not among them is refused. Default: sorted by name. */
  classes?: readonly string[];
  /** How the names of images end, in any case. Default `.jpg`, `.jpeg`, `.png`, `.webp`. */
  extensions?: readonly string[];
}

/**
 * Lists the images of a folder: one folder for each class, or all images in it without labels.
 *
 * Images in folders inside a class folder belong to that class. Classes are sorted by name, the images of a class by
 * folder and name, by code point: the ids and the order of torchvision's `ImageFolder`. Links are followed; what begins
 * with a dot is ignored, and so is every file with another extension. Only paths are kept, in about as many bytes as
 * they are long.
 *
 * @throws Error (the promise rejects) if there is no image, if a class has none, if images lie beside class folders, or
 *   if a link leads back to a folder that it is in; RangeError if `classes` or `extensions` do not fit. A folder that
 *   cannot be opened rejects with Node's own error.
 *
 * @example
 * ```ts
 * const images = await listImageFolder('imagenet/train');
 * images.at(0).path; // 'imagenet/train/n01440764/n01440764_10026.JPEG'
 * ```
 */
export async function listImageFolder(
  folder: string,
  { classes, extensions = imageExtensions }: ListImageFolderOptions = {},
): Promise<EncodedImages> {
  const listing: Listing = { folder, paths: pathTable(), extensions: checkedExtensions(folder, extensions) };
  const top: Place = { path: '', real: await realpath(folder), parent: null };
  const folders = await scan(listing, top);
  const flat = listing.paths.length > 0;
  if (flat && folders.length > 0) {
    throw new Error(
      `Cannot list the images of ${folder}: it has images (${listing.paths.at(0)}) beside folders (${folders[0]!.path}). Give a folder with one folder for each class, or one with nothing but images`,
    );
  }
  if (flat && classes) {
    throw new RangeError(
      `Cannot give the images of ${folder} one of ${classes.length} classes: it has no folder for each class`,
    );
  }
  const found = new Map(folders.map((place) => [place.path, place] as const));
  const names = flat ? null : orderedClasses(folder, [...found.keys()], classes);
  const labels = growingArray(Int32Array);
  const empty: string[] = [];
  for (const [label, name] of (names ?? []).entries()) {
    const place = found.get(name);
    if (!place) continue;
    const start = listing.paths.length;
    await scanBelow(listing, place);
    if (listing.paths.length === start) empty.push(name);
    listing.paths.sortFrom(start);
    while (labels.length < listing.paths.length) labels.push(label);
  }
  return imagesOf(listing, empty, names, labels.done());
}

interface Listing {
  readonly folder: string;
  readonly paths: PathTable;
  readonly extensions: readonly string[];
}

/** A folder on the way from the top to where we are. */
interface Place {
  /** From the top, with `/` between. */
  readonly path: string;
  readonly real: string;
  readonly parent: Place | null;
}

/** So many links are looked up at the same time. */
const LINKS = 64;

/** Adds the images of one folder to the paths; the result is the folders in it. */
async function scan(listing: Listing, place: Place): Promise<Place[]> {
  const { folder, paths, extensions } = listing;
  const folders: Place[] = [];
  const within = (name: string) => (place.path === '' ? name : `${place.path}/${name}`);
  const isImage = (name: string) => extensions.some((extension) => name.toLowerCase().endsWith(extension));
  let links: string[] = [];
  const follow = async () => {
    await inLanes(links.length, LINKS, async (i) => {
      const path = within(links[i]!);
      const target = await stat(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ELOOP') return null;
        throw error;
      });
      if (target?.isDirectory()) folders.push(await linked(folder, path, place));
      // A link to nowhere that is called an image is an image that cannot be read, and reported when it is read.
      else if ((!target || target.isFile()) && isImage(path)) paths.push(path);
    });
    links = [];
  };
  const start = paths.length;
  for await (const entry of await opendir(join(folder, place.path), { bufferSize: 256 })) {
    const { name } = entry as Dirent;
    if (name.startsWith('.')) continue;
    if (entry.isDirectory()) folders.push({ path: within(name), real: join(place.real, name), parent: place });
    else if (entry.isFile() && isImage(name)) paths.push(within(name));
    else if (entry.isSymbolicLink() && links.push(name) >= LINKS) await follow();
  }
  await follow();
  if (place.parent === null) paths.sortFrom(start);
  return folders;
}

async function scanBelow(listing: Listing, top: Place): Promise<void> {
  const waiting = [top];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    for (const inside of await scan(listing, place)) waiting.push(inside);
  }
}

async function linked(folder: string, path: string, parent: Place): Promise<Place> {
  const real = await realpath(join(folder, path));
  for (let above: Place | null = parent; above; above = above.parent) {
    if (above.real !== real) continue;
    throw new Error(
      `Cannot list the images of ${folder}: the link ${join(folder, path)} leads back to ${real}, which it is in. Remove the link`,
    );
  }
  return { path, real, parent };
}

const some = (names: readonly string[]) =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

function orderedClasses(folder: string, found: readonly string[], given?: readonly string[]): readonly string[] {
  if (!given) return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const known = new Set(given);
  if (known.size < given.length) {
    const twice = given.find((name, i) => given.indexOf(name) < i);
    throw new RangeError(`Cannot give class ${twice} two ids: classes must be different`);
  }
  const unknown = found.filter((name) => !known.has(name)).sort();
  if (unknown.length > 0) {
    throw new RangeError(
      `Cannot give the images of ${folder} class ids: ${some(unknown)} are not among the ${given.length} classes given`,
    );
  }
  return [...given];
}

function checkedExtensions(folder: string, extensions: readonly string[]): readonly string[] {
  const wrong = extensions.find((extension) => !/^\.[^/]+$/.test(extension));
  if (extensions.length > 0 && wrong === undefined) return extensions.map((extension) => extension.toLowerCase());
  const given = wrong === undefined ? 'none' : `'${wrong}'`;
  throw new RangeError(
    `Cannot list the images of ${folder} by the extensions given: give at least one, each with its dot; given ${given}`,
  );
}

function imagesOf(
  { folder, paths, extensions }: Listing,
  empty: readonly string[],
  classes: readonly string[] | null,
  labels: Int32Array,
): EncodedImages {
  const wanted = `no file with an extension ${extensions.join(', ')}`;
  if (paths.length === 0)
    throw new Error(`Cannot list the images of ${folder}: it has ${wanted}, nor have its folders`);
  if (empty.length > 0) {
    throw new Error(
      `Cannot list the images of ${folder}: ${some(empty)} ${empty.length > 1 ? 'have' : 'has'} ${wanted}. Remove what is no class`,
    );
  }
  paths.trim();
  const pathOf = (index: number) => join(folder, paths.at(index));
  return Object.freeze<EncodedImages>({
    name: basename(resolve(folder)),
    length: paths.length,
    classes: classes && Object.freeze(classes),
    labels: classes && labels,
    at: (index) => ({ path: pathOf(index) }),
    nameOf: pathOf,
  });
}
