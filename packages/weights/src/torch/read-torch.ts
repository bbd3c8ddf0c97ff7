import { endianness } from 'node:os';
import { dtypes, type StoredTensor } from '../dtype.js';
import { openFile } from '../open-file.js';
import { type Container, legacyContainer, zipContainer } from './containers.js';
import { type FileBytes, fileBytes, Refusal } from './file-bytes.js';
import { materialise, type Storage, type TensorView, valuesOf } from './tensor-view.js';
import { TorchFileError } from './torch-file-error.js';
import type { TorchValue } from './torch-value.js';
import { namedTensors, toValue, viewsIn } from './value-tree.js';

/** Options of {@link readTorch}. */
export interface ReadTorchOptions {
  /**
   * The keys that lead to the dictionary whose tensors are given by name, for example `['model']`. By default the
   * dictionary `state_dict` if the file has one, else all of the file.
   */
  readonly at?: readonly string[];
  /**
   * Compare the checksums of a zip container (true by default)? Files that were written with
   * `torch.serialization.set_crc32_options(False)` have wrong ones.
   */
  readonly checksum?: boolean;
  /**
   * The most bytes that the values of all tensors may take: views repeat values, so that a small file can ask for any
   * amount. By default 4 times the size of the file, and 16 MiB.
   */
  readonly maxBytes?: number;
  /**
   * What becomes of objects that are neither tensors nor plain values, such as the `argparse.Namespace` and NumPy
   * scalars of official checkpoints: the file is refused (the default), or with `skip` they are left out. `value` then
   * has {@link TorchSkipped} in their place, without anything that was in them. Nothing of them is run either way.
   */
  readonly objects?: 'refuse' | 'skip';
}

/** What a PyTorch file holds. */
export interface TorchFile {
  /** The tensors of the state dict by name, in its order; names in dictionaries within it are joined by dots. */
  readonly tensors: Record<string, StoredTensor>;
  /** Everything in the file: the epoch, the optimiser's state and whatever else stands beside the state dict. */
  readonly value: TorchValue;
}

async function container(file: FileBytes, checksum: boolean, skip: boolean): Promise<Container> {
  const first = Buffer.from(await file.read(0, Math.min(4, file.size), 'the file'));
  if (first.equals(Buffer.from('PK\x03\x04', 'latin1'))) return zipContainer(file, checksum, skip);
  if (first[0] === 0x80) return legacyContainer(file, skip);
  throw new Refusal('it begins like neither a zip file nor a pickle');
}

async function readAll(file: FileBytes, options: ReadTorchOptions): Promise<TorchFile> {
  const { at, checksum = true, maxBytes, objects = 'refuse' } = options;
  const { value, read } = await container(file, checksum, objects === 'skip');
  const views = viewsIn(value);
  const bytes = views.reduce((sum, view) => sum + valuesOf(view) * dtypes[view.storage.dtype].bytes, 0);
  const allowed = maxBytes ?? 4 * file.size + 2 ** 24;
  if (bytes > allowed) {
    throw new Refusal(`its tensors would take ${bytes} bytes, ${allowed} are allowed: give maxBytes if that is right`);
  }
  const ofStorage = new Map<Storage, TensorView[]>();
  for (const view of views) {
    const others = ofStorage.get(view.storage);
    if (others) others.push(view);
    else ofStorage.set(view.storage, [view]);
  }
  const tensors = new Map<TensorView, StoredTensor>();
  for (const [storage, itsViews] of ofStorage) {
    const values = await read(storage);
    for (const view of itsViews) tensors.set(view, materialise(view, values, itsViews.length === 1));
  }
  const tree = toValue(value, tensors);
  return { tensors: namedTensors(tree, at), value: tree };
}

/**
 * Reads a PyTorch file (`.pth`, `.pt`, `.pth.tar`; `torch.save` in its zip and its older container), running nothing of it.
 *
 * A pickle is a program. This reader knows the steps that make numbers, text, lists, dictionaries and tensors, and
 * refuses everything else by name: other classes, functions, opcodes (`objects: 'skip'` leaves objects out instead). All
 * sizes, strides and offsets are compared with what the file has before memory is taken for them. Views (transposed,
 * strided, expanded, of shared storages) become tensors of their own in row-major order. Layouts stay PyTorch's: images
 * NCHW, convolutions `[out, in, kh, kw]`.
 *
 * @returns the state dict's tensors by name, and the whole file as a tree. {@link toTensors} makes `tf.Tensor`s.
 * @throws TorchFileError that says what was found and refused; Error if `path` is no
 *   file but a folder, pipe or device; the system's error if the file cannot be read.
 *
 * @example
 * ```ts
 * const { tensors, value } = await readTorch('checkpoint_0199.pth.tar');
 * console.log(tensors['module.encoder_q.conv1.weight']?.shape); // [ 64, 3, 7, 7 ]
 * if (value instanceof Map) console.log(value.get('epoch'));
 * ```
 */
export async function readTorch(path: string, options: ReadTorchOptions = {}): Promise<TorchFile> {
  if (endianness() !== 'LE') throw new Error('PyTorch files are read on little-endian machines only');
  const handle = await openFile(path);
  try {
    return await readAll(await fileBytes(handle), options);
  } catch (error) {
    throw error instanceof Refusal ? new TorchFileError(path, error.message) : error;
  } finally {
    await handle.close();
  }
}
