import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A tensor as a golden file holds it: row-major, PyTorch layout. */
export interface GoldenTensor {
  readonly shape: number[];
  readonly dtype: 'float32' | 'float64' | 'int32';
  readonly data: number[];
}

/** A value in a golden file: numbers, tensors, and lists and records of them. */
export type GoldenValue = number | string | boolean | GoldenTensor | GoldenValue[] | { [name: string]: GoldenValue };

/** One golden file; see the README of the fixtures for its fields. */
export interface GoldenFile {
  readonly file: string;
  readonly seed: number;
  readonly params: Record<string, Record<string, GoldenValue>>;
  readonly inputs: Record<string, Record<string, GoldenValue>>;
  readonly expected: Record<string, Record<string, GoldenValue>>;
  readonly tolerance: Record<string, Record<string, number>>;
}

/** The folder the fixtures are read from: `HCSC_GOLDEN` if set, else the ones shipped with this package. */
export function goldenFolder(): string {
  return process.env.HCSC_GOLDEN || fileURLToPath(new URL('../golden', import.meta.url));
}

/**
 * Reads a golden file by name, for example `loadGolden('infonce')`.
 *
 * @throws Error that names the file and `HCSC_GOLDEN` if it is not there.
 */
export function loadGolden(name: string): GoldenFile {
  const path = join(goldenFolder(), `${name}.json`);
  if (!existsSync(path)) {
    throw new Error(`No golden file ${path}: HCSC_GOLDEN must name a folder that holds ${name}.json`);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as GoldenFile;
}

/** The tolerance of the expected value at `path` (`'reference.losses.0'`); throws if the file gives none. */
export function toleranceOf(golden: GoldenFile, caseName: string, path: string): number {
  const tolerance = golden.tolerance[caseName]?.[path];
  if (tolerance === undefined) throw new Error(`${golden.file}.json gives no tolerance for ${caseName} ${path}`);
  return tolerance;
}

/** Is this a tensor, rather than a record? */
export function isGoldenTensor(value: GoldenValue | undefined): value is GoldenTensor {
  return typeof value === 'object' && !Array.isArray(value) && 'shape' in value && 'data' in value;
}

/** The value as a tensor; throws if it is none. */
export function goldenTensor(value: GoldenValue | undefined): GoldenTensor {
  if (!isGoldenTensor(value)) throw new Error(`Expected a golden tensor, got ${JSON.stringify(value)?.slice(0, 80)}`);
  return value;
}
