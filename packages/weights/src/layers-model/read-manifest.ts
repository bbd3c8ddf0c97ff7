import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { sizeOf } from '../dtype.js';
import { openFile } from '../open-file.js';
import { LayersModelError } from './layers-model-error.js';

/** What `model.json` says, checked against the files beside it. */
export interface Manifest {
  /** All of `model.json`; its `modelTopology` is an object. */
  readonly json: Readonly<Record<string, unknown>> & { readonly modelTopology: object };
  /** The weights, in the order of their bytes. */
  readonly specs: readonly io.WeightsManifestEntry[];
  /** The files whose bytes, one after the other, are the weights. */
  readonly files: readonly string[];
  /** How many bytes that is. */
  readonly bytes: number;
}

/** A file that `model.json` names is not there: perhaps it was replaced between the two. */
export class WeightsMissing extends LayersModelError {}

/** The longest `model.json` that is read, in bytes. */
const longest = 100_000_000;

/** Bytes of a value, by dtype or by what it is quantized to. */
const widths: Readonly<Record<string, number>> = {
  ...{ float32: 4, int32: 4, bool: 1, complex64: 8 },
  ...{ float16: 2, uint16: 2, uint8: 1 },
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

/** How many bytes a weight takes, after a look at all that says so. */
function bytesOf(spec: unknown, fail: (problem: string) => never): number {
  if (!isRecord(spec) || typeof spec.name !== 'string')
    return fail(`a weight should have a name, found ${shown(spec)}`);
  const { name, shape, dtype, quantization } = spec;
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(whole) || !Number.isSafeInteger(sizeOf(shape))) {
    return fail(`weight ${shown(name)} should have a shape of whole numbers, found ${shown(shape)}`);
  }
  const stored = isRecord(quantization) ? quantization.dtype : dtype;
  if (typeof stored !== 'string' || !Object.hasOwn(widths, stored)) {
    return fail(`weight ${shown(name)} has dtype ${shown(stored)}, known are ${Object.keys(widths).join(', ')}`);
  }
  return sizeOf(shape) * widths[stored]!;
}

async function parsed(folder: string): Promise<unknown> {
  const path = join(folder, 'model.json');
  try {
    const file = await openFile(path);
    try {
      const { size } = await file.stat();
      if (size > longest) throw new Error(`it has ${size} bytes, at most ${longest} are read`);
      return JSON.parse(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : (error as Error).message;
    throw new LayersModelError(folder, `needed model.json as TensorFlow.js writes it: ${problem}`, { cause: error });
  }
}

/** Groups of weights and their files, as `model.json` has them; names of files lead nowhere but into the folder. */
function groupsOf(json: unknown, fail: (problem: string) => never): { files: string[]; specs: unknown[] } {
  if (!isRecord(json) || !isRecord(json.modelTopology)) return fail('model.json has no modelTopology');
  const groups = json.weightsManifest;
  const isGroup = (group: unknown): group is { paths: unknown[]; weights: unknown[] } =>
    isRecord(group) && Array.isArray(group.paths) && Array.isArray(group.weights);
  if (!Array.isArray(groups) || !groups.every(isGroup)) {
    return fail('model.json has no weightsManifest: a list of groups with paths and weights');
  }
  const files = groups.flatMap(({ paths }) => paths);
  const odd = files.find((file) => typeof file !== 'string' || !/^[^/\\:\0]+$/.test(file) || /^\.+$/.test(file));
  if (odd !== undefined) return fail(`model.json names ${shown(odd)}, needed a file in the folder itself`);
  const seen = new Set();
  const twice = files.find((file) => seen.size === seen.add(file).size);
  if (twice !== undefined) return fail(`model.json names ${shown(twice)} twice`);
  return { files: files as string[], specs: groups.flatMap(({ weights }) => weights) };
}

/**
 * Reads `model.json` and compares it with the sizes of the files that it names, without reading those.
 *
 * @throws LayersModelError that says what was needed and found; {@link WeightsMissing} if a file is not there.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const fail = (problem: string): never => {
    throw new LayersModelError(folder, problem);
  };
  const json = await parsed(folder);
  const { files, specs } = groupsOf(json, fail);
  const needed = specs.reduce<number>((sum, spec) => sum + bytesOf(spec, fail), 0);
  let found = 0;
  for (const file of files) {
    const size = await stat(join(folder, file)).then(
      (stats) => (stats.isFile() ? stats.size : fail(`${file} is no file`)),
      (error) => {
        throw new WeightsMissing(folder, `needed ${file} for its weights: ${error.message}`, { cause: error });
      },
    );
    found += size;
  }
  if (found !== needed) {
    const where = files.length === 1 ? `${files[0]} has` : `its ${files.length} files have`;
    fail(`its ${specs.length} weights need ${needed} bytes, ${where} ${found}`);
  }
  return { json: json as Manifest['json'], specs: specs as io.WeightsManifestEntry[], files, bytes: needed };
}
