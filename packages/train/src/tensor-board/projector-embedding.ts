import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@hcsc/weights';
import { pngHeader } from './png-header.js';

/** Points in a space of many dimensions. */
export interface ProjectorPoints {
  /** `[N, D]` float32, row by row. */
  readonly values: Float32Array;
  /** D. */
  readonly width: number;
}

/** Small images of all points on one PNG, row by row from the top left. */
export interface ProjectorSprite {
  readonly png: Uint8Array;
  /** Pixels of one image. */
  readonly imageWidth: number;
  readonly imageHeight: number;
}

/** What {@link writeProjectorEmbedding} writes beside the points. */
export interface ProjectorEmbeddingOptions {
  /** Columns of what is known of each point, such as `{ label: names, prototype: numbers }`; N entries each. Default none. */
  metadata?: Readonly<Record<string, ArrayLike<string | number>>>;
  /** What is shown in the place of each point, in their order. Default none: dots. */
  sprite?: ProjectorSprite;
}

const CONFIG = 'projector_config.pbtxt';
const FOLDER = 'projector';
const TENSORS = 'tensors.tsv';
const METADATA = 'metadata.tsv';
/** The sprite's name says the size of one of its images. */
const SPRITE = /^sprite-(\d+)x(\d+)\.png$/;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** What begins at a tab or a line end would be another cell. */
const cell = (value: string | number): string => String(value).replace(/[\t\r\n]+/g, ' ');

/** The shortest number that is the same float32. */
const float = (value: number): string => String(Number(value.toPrecision(9)));

/**
 * Writes points for TensorBoard's projector into a run folder, and says so in its `projector_config.pbtxt`, with those
 * written earlier under other names.
 *
 * The points are in `projector/<name>/tensors.tsv`, what is known of them in `metadata.tsv` there, their images in a PNG.
 * Each file is written beside its place and renamed, the configuration last.
 *
 * @throws RangeError if the name cannot be one of a folder, there are no points, the values are no whole number of points
 * or one is not finite, a column has another number of entries, or the sprite has too few images; nothing is written then.
 * @throws TypeError if the sprite is no PNG.
 *
 * @example
 * ```ts
 * await writeProjectorEmbedding('runs/hcsc', 'epoch-20', { values, width: 128 }, { metadata: { label: names } });
 * ```
 */
export async function writeProjectorEmbedding(
  folder: string,
  name: string,
  { values, width }: ProjectorPoints,
  { metadata = {}, sprite }: ProjectorEmbeddingOptions = {},
): Promise<void> {
  if (!NAME.test(name)) {
    throw new RangeError(`Cannot name an embedding '${name}': give letters, digits, '_', '-' and '.', no '.' first`);
  }
  const points = values.length / width;
  if (!Number.isInteger(width) || width < 1 || !Number.isInteger(points) || points < 1) {
    throw new RangeError(
      `Cannot write ${values.length} values as points of width ${width}: give at least one point, and whole ones`,
    );
  }
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new RangeError(
      `Cannot write embedding ${name}: point ${Math.floor(odd / width)} has the value ${values[odd]}, give finite ones`,
    );
  }
  const columns = Object.entries(metadata);
  for (const [column, entries] of columns) {
    if (entries.length !== points) {
      throw new RangeError(`Column ${column} has ${entries.length} entries for ${points} points: give one for each`);
    }
  }
  if (sprite) checkSprite(name, sprite, points);
  const own = join(folder, FOLDER, name);
  await mkdir(own, { recursive: true });
  await writeFileAtomically(join(own, TENSORS), tensorLines(values, width));
  if (columns.length > 0) await writeFileAtomically(join(own, METADATA), metadataLines(columns, points));
  else await rm(join(own, METADATA), { force: true });
  for (const file of await readdir(own)) if (SPRITE.test(file)) await rm(join(own, file));
  if (sprite) await writeFileAtomically(join(own, `sprite-${sprite.imageWidth}x${sprite.imageHeight}.png`), sprite.png);
  await writeFileAtomically(join(folder, CONFIG), await config(folder));
}

function checkSprite(name: string, { png, imageWidth, imageHeight }: ProjectorSprite, points: number): void {
  const { width, height } = pngHeader(png);
  const images = Math.floor(width / imageWidth) * Math.floor(height / imageHeight);
  if (![imageWidth, imageHeight].every((side) => Number.isInteger(side) && side > 0) || images < points) {
    throw new RangeError(
      `Cannot show the ${points} points of embedding ${name} by images of ${imageWidth} × ${imageHeight} pixels on a PNG of ${width} × ${height}: give a place for each`,
    );
  }
}

/** As bytes, since a string has a limit that a million points reach. */
function tensorLines(values: Float32Array, width: number): Uint8Array {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < values.length; start += width) {
    lines.push(Buffer.from(`${Array.from(values.subarray(start, start + width), float).join('\t')}\n`));
  }
  return Buffer.concat(lines);
}

/** TensorBoard wants names of columns when there are several, and takes them for a point when there is one. */
function metadataLines(columns: readonly [string, ArrayLike<string | number>][], points: number): string {
  const lines = columns.length > 1 ? [columns.map(([column]) => cell(column)).join('\t')] : [];
  for (let i = 0; i < points; i++) lines.push(columns.map(([, entries]) => cell(entries[i]!)).join('\t'));
  return `${lines.join('\n')}\n`;
}

/** A `ProjectorConfig` in protobuf's text format, of all embeddings that are there. */
async function config(folder: string): Promise<string> {
  const entries = await readdir(join(folder, FOLDER), { withFileTypes: true });
  const blocks: string[] = [];
  for (const name of entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()) {
    const files = await readdir(join(folder, FOLDER, name));
    if (!files.includes(TENSORS)) continue;
    const path = (file: string) => `"${FOLDER}/${name}/${file}"`;
    const known = files.includes(METADATA) ? `  metadata_path: ${path(METADATA)}\n` : '';
    const [sprite, width, height] = files.flatMap((file) => SPRITE.exec(file) ?? []);
    const shown = sprite
      ? `  sprite {\n    image_path: ${path(sprite)}\n    single_image_dim: ${width}\n    single_image_dim: ${height}\n  }\n`
      : '';
    blocks.push(`embeddings {\n  tensor_name: "${name}"\n  tensor_path: ${path(TENSORS)}\n${known}${shown}}\n`);
  }
  return blocks.join('');
}
