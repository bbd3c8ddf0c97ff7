import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backboneTensors } from './backbone/backbone-tensors.js';
import { firstBytes, type WeightsKind, weightsKind } from './backbone/weights-kind.js';
import { dtypes, type StoredDtype, type StoredTensor, sizeOf } from './dtype.js';
import { LayersModelError } from './layers-model/layers-model-error.js';
import { readManifest } from './layers-model/read-manifest.js';
import { fitsName, hasChecksum } from './layers-model/weights-file-name.js';
import { openSafetensors } from './open-safetensors.js';
import { type ReadTorchOptions, readTorch, type TorchFile } from './torch/read-torch.js';

/** One tensor of a file. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Options of {@link inspectWeights}. */
export interface InspectWeightsOptions {
  /** How PyTorch's files are read. */
  readonly torch?: ReadTorchOptions;
}

/** What a file of weights holds. */
export interface WeightsInspection {
  readonly kind: WeightsKind;
  /** Where they are: of a run folder, the folder of its encoder. */
  readonly path: string;
  /** By which rule there is a ResNet among the names, see {@link backboneTensors}; null if there is none. */
  readonly layout: string | null;
  /** What stands before the encoder's names; null if there is no ResNet. */
  readonly prefix: string | null;
  /** The strings kept in a safetensors file, the plain values beside a state dict, the names of a model and its writer. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorInfo[];
  /** Values of all tensors together. */
  readonly values: number;
  /** Their bytes in the file. */
  readonly bytes: number;
  /** Has the file checksums? They were compared then: what does not fit is refused. */
  readonly checksum: boolean;
}

type Found = Pick<WeightsInspection, 'metadata' | 'checksum' | 'bytes'> & { readonly tensors: readonly TensorInfo[] };

async function ofSafetensors(path: string): Promise<Found> {
  const file = await openSafetensors(path);
  try {
    const tensors = file.names().map((name) => ({ name, ...file.info(name) }));
    const bytes = tensors.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * dtypes[dtype].bytes, 0);
    return { tensors, bytes, metadata: file.metadata, checksum: await file.verify() };
  } finally {
    await file.close();
  }
}

/** The numbers, texts, booleans and names of left-out objects beside the state dict, at most 40 of them and 200 letters each. */
function plainValues({ value }: TorchFile): Record<string, string> {
  if (typeof value === 'object' && value !== null && 'skipped' in value)
    return { file: `(left out: ${value.skipped})` };
  if (!(value instanceof Map)) return {};
  const plain = [...value].flatMap(([key, item]): [string, string][] => {
    if (item === null || typeof item !== 'object') return [[String(key), String(item)]];
    return 'skipped' in item ? [[String(key), `(left out: ${item.skipped})`]] : [];
  });
  return Object.fromEntries(plain.slice(0, 40).map(([key, text]) => [key, text.slice(0, 200)]));
}

async function ofTorch(path: string, options?: ReadTorchOptions): Promise<Found> {
  const file = await readTorch(path, options);
  const tensors = Object.entries(file.tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const bytes = Object.values(file.tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
  const isZip = (await firstBytes(path))[0] === 0x50;
  return { tensors, bytes, metadata: plainValues(file), checksum: isZip && options?.checksum !== false };
}

async function ofFolder(path: string): Promise<Found> {
  const { json, specs, files, bytes } = await readManifest(path);
  for (const file of files.filter(hasChecksum)) {
    if (!fitsName(file, await readFile(join(path, file))))
      throw new LayersModelError(path, `${file} was altered or torn`);
  }
  const texts = ['format', 'generatedBy', 'convertedBy'].flatMap((key) => {
    const value = json[key];
    return typeof value === 'string' ? [[key, value]] : [];
  });
  const tensors = specs.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  return {
    tensors,
    bytes,
    metadata: Object.fromEntries(texts),
    checksum: files.length > 0 && files.every(hasChecksum),
  };
}

/** Where the ResNet is, by names, dtypes and ranks alone. */
function findResNet(tensors: readonly TensorInfo[], kind: WeightsKind): [string, string] | [null, null] {
  const empty = tensors.map(({ name, dtype, shape }) => {
    const { array } = dtypes[dtype as StoredDtype] ?? dtypes.float32;
    // A weight of a TensorFlow.js model is `conv1/kernel`, which a checkpoint has as `conv1.kernel`.
    const dotted = kind === 'layers-model' ? name.replace(/\/(?=[^/]+$)/, '.') : name;
    return [dotted, { dtype, shape: shape.map(() => 0), data: new array(new ArrayBuffer(0)) } as StoredTensor] as const;
  });
  try {
    const { layout, prefix } = backboneTensors(Object.fromEntries(empty));
    return [layout, prefix];
  } catch {
    return [null, null];
  }
}

/**
 * Says what a file or folder of weights holds: safetensors, PyTorch files, model folders, run folders.
 *
 * Nothing of it is run, no backend is used, and checksums are compared where there are any. Of safetensors files and
 * model folders no values stay in memory.
 *
 * @param options how a PyTorch file is read.
 * @throws Error if there are no weights at `path`; SafetensorsError, TorchFileError, LayersModelError if they are damaged
 *   or refused.
 *
 * @example
 * ```ts
 * const { kind, layout, tensors } = await inspectWeights('checkpoint_0199.pth.tar');
 * console.log(kind, layout, tensors.length); // torch moco 657
 * ```
 */
export async function inspectWeights(path: string, { torch }: InspectWeightsOptions = {}): Promise<WeightsInspection> {
  const place = await weightsKind(path);
  const read = { safetensors: ofSafetensors, torch: ofTorch, 'layers-model': ofFolder }[place.kind];
  const found = await read(place.path, torch);
  const [layout, prefix] = findResNet(found.tensors, place.kind);
  const values = found.tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { ...place, layout, prefix, ...found, values };
}
