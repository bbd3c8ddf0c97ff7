import { DataFileError } from './data-file-error.js';
import type { ImageSource } from './image-source.js';
import { memorySource } from './memory-source.js';
import { recordFile } from './record-file.js';

/** One of the label bytes at the start of each record. */
export interface CifarLabel {
  /** What to call it in errors, such as `coarse label`. */
  readonly name: string;
  /** Labels are below this. */
  readonly classes: number;
}

/** How to read files in CIFAR's binary format. */
export interface CifarFormat {
  readonly name: string;
  /** The label bytes of a record, in their order. */
  readonly labels: readonly CifarLabel[];
  /** Which of them labels the source. */
  readonly use: number;
  readonly classes: readonly string[];
  /** How many records each file has. */
  readonly records: number;
  /** Whether fewer will do. */
  readonly partial: boolean;
}

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const IMAGE_BYTES = 3 * PIXELS;

/**
 * Reads files of CIFAR's binary format, one after the other, into memory.
 *
 * A record is its label bytes, then the red, the green and the blue plane, each row by row; the source has
 * `[32, 32, 3]`.
 *
 * @throws DataFileError (the promise rejects) if a file has another length, or a label is out of range.
 */
export async function readCifar(paths: readonly string[], format: CifarFormat): Promise<ImageSource> {
  const { name, labels, use, classes, records, partial } = format;
  const recordBytes = labels.length + IMAGE_BYTES;
  const files = await Promise.all(paths.map((path) => recordFile(path, recordBytes, { records, partial })));
  const total = files.reduce((sum, file) => sum + file.length, 0);
  const images = new Uint8Array(total * IMAGE_BYTES);
  const used = new Uint8Array(total);
  let image = 0;
  for (const file of files) {
    const bytes = await file.read(Uint32Array.from({ length: file.length }, (_, i) => i));
    for (let start = 0; start < bytes.length; start += recordBytes, image++) {
      labels.forEach((label, i) => {
        if (bytes[start + i]! >= label.classes) refuseLabel(file.path, start + i, label, bytes[start + i]!);
      });
      used[image] = bytes[start + use]!;
      interleave(bytes, start + labels.length, images, image * IMAGE_BYTES);
    }
  }
  return memorySource(images, [SIDE, SIDE, 3], { labels: used, classes, name });
}

function refuseLabel(file: string, offset: number, { name, classes }: CifarLabel, label: number): never {
  const expected = `a ${name} from 0 to ${classes - 1}`;
  throw new DataFileError({ file, offset, expected, found: `${name} ${label}` });
}

function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let i = 0; i < PIXELS; i++) {
    pixels[to + 3 * i] = planes[from + i]!;
    pixels[to + 3 * i + 1] = planes[from + PIXELS + i]!;
    pixels[to + 3 * i + 2] = planes[from + 2 * PIXELS + i]!;
  }
}
