import { DataFileError } from './data-file-error.js';
import { growingArray } from './growing-array.js';
import { type PathTable, pathTable } from './path-table.js';
import { openTar, type TarEntry, type TarFile } from './tar-file.js';

/** Where the images of one archive are. */
export interface Shard {
  readonly path: string;
  /** The names of the images in the archive. */
  readonly names: PathTable;
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  /** Null if no sample has a label. */
  readonly labels: Int32Array | null;
  /** Where the header of the first sample is. */
  readonly first: number;
}

interface Sample {
  readonly key: string;
  readonly header: number;
  image?: TarEntry;
  label?: number;
}

const IMAGES = new Set(['jpg', 'jpeg', 'png', 'webp']);
/** What WebDataset takes for a sample: the key is the path up to the first dot of the file's name. */
const SAMPLE = /^((?:.*\/)?[^./][^./]*)\.([^/]*)$/s;
const MOST_LABEL_BYTES = 32;

/**
 * Reads the headers and labels of a tar archive with the naming of WebDataset.
 *
 * @param classes How many classes there are, or null for any number.
 * @throws DataFileError (the promise rejects) if the archive is damaged, a sample has no image or two, some have a label
 *   and some none, or a label is no class.
 */
export async function indexShard(path: string, classes: number | null): Promise<Shard> {
  const tar = await openTar(path);
  try {
    return await indexSamples(path, tar, classes);
  } finally {
    await tar.close();
  }
}

async function indexSamples(path: string, tar: TarFile, classes: number | null): Promise<Shard> {
  const names = pathTable();
  const offsets = growingArray(Float64Array);
  const sizes = growingArray(Float64Array);
  const labels = growingArray(Int32Array);
  let first = 0;
  let sample = null as Sample | null;
  const fault = (offset: number, expected: string, found: string): never => {
    throw new DataFileError({ file: path, offset, expected, found });
  };
  const finish = ({ key, header, image, label }: Sample) => {
    if (!image) {
      const together = 'files of a sample lie next to each other, as tar --sort=name has them';
      return fault(header, `an image of the sample ${key} (.jpg, .jpeg, .png or .webp; ${together})`, 'none');
    }
    if (names.length === 0) first = header;
    else if (labels.length > 0 !== (label !== undefined)) refuseMixedLabels(path, header, key, label);
    names.push(image.name);
    offsets.push(image.offset);
    sizes.push(image.size);
    if (label !== undefined) labels.push(label);
  };
  for await (const entry of tar.entries()) {
    const [, key, ending] = SAMPLE.exec(entry.name) ?? [];
    if (key === undefined || /^__[^/]*__($|\/)/.test(entry.name)) continue;
    if (sample?.key !== key) {
      if (sample) finish(sample);
      sample = { key, header: entry.header };
    }
    const extension = ending!.toLowerCase();
    if (extension !== 'cls' && !IMAGES.has(extension)) continue;
    if (entry.kind === 'link') fault(entry.header, `the bytes of ${entry.name}`, 'a link to another file');
    if (extension === 'cls') {
      if (sample.label !== undefined) fault(entry.header, `one label of the sample ${key}`, 'two');
      sample.label = await readLabel(tar, entry, classes, fault);
    } else {
      if (sample.image) fault(entry.header, `one image of the sample ${key}`, `${sample.image.name} and ${entry.name}`);
      sample.image = entry;
    }
  }
  if (sample) finish(sample);
  names.trim();
  return {
    path,
    names,
    offsets: offsets.done(),
    sizes: sizes.done(),
    labels: labels.length > 0 ? labels.done() : null,
    first,
  };
}

async function readLabel(
  tar: TarFile,
  { name, offset, size }: TarEntry,
  classes: number | null,
  fault: (offset: number, expected: string, found: string) => never,
): Promise<number> {
  const expected = `a label from 0 to ${(classes ?? 2 ** 31) - 1} in ${name}`;
  if (size > MOST_LABEL_BYTES) fault(offset, expected, `${size} bytes`);
  const text = (await tar.bytes(offset, size)).toString('latin1').trim();
  const label = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(label < (classes ?? 2 ** 31))) fault(offset, expected, JSON.stringify(text));
  return label;
}

/** Throws, for a sample with a label after others without, or the other way round. */
export function refuseMixedLabels(file: string, offset: number, key: string, label: number | undefined): never {
  const [expected, found] = label === undefined ? ['a label (.cls)', 'none'] : ['no label', `label ${label}`];
  throw new DataFileError({ file, offset, expected: `${expected} of ${key}, as of the samples before it`, found });
}
