import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname } from 'node:path';
import { Tensor } from '@tensorflow/tfjs-core';
import { dtypes, isStoredDtype, type StoredTensor, sizeOf } from './dtype.js';
import { encodeHeader, type HeaderEntry, layOut } from './header.js';

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Strings to keep with the tensors, for example `{ epoch: '12' }`; none by default. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The largest piece handed to one system call, which takes less than 2 GiB. */
const piece = 1 << 30;

function check(name: string, tensor: Tensor | StoredTensor): Omit<HeaderEntry, 'begin' | 'end'> {
  const { dtype, shape } = tensor;
  if (name === '__metadata__') {
    throw new TypeError('A tensor cannot be named __metadata__: the format keeps that name for metadata');
  }
  if (!isStoredDtype(dtype)) {
    throw new TypeError(
      `Cannot write tensor "${name}" of dtype ${dtype}: the format holds ${Object.keys(dtypes).join(', ')}`,
    );
  }
  if (tensor instanceof Tensor) return { name, dtype, shape };
  if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) {
    throw new RangeError(`Cannot write tensor "${name}": its shape should be whole numbers, got [${shape}]`);
  }
  if (!(tensor.data instanceof dtypes[dtype].array)) {
    throw new TypeError(`Cannot write tensor "${name}": dtype ${dtype} needs a ${dtypes[dtype].array.name}`);
  }
  if (tensor.data.length !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot write tensor "${name}": shape [${shape}] needs ${sizeOf(shape)} values, got ${tensor.data.length}`,
    );
  }
  return { name, dtype, shape };
}

async function bytesOf(tensor: Tensor | StoredTensor): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = tensor instanceof Tensor ? await tensor.data() : tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(piece, bytes.length - at));
    at += bytesWritten;
  }
}

/** Makes the rename itself survive a power cut, where the system lets a folder be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/**
 * Writes tensors to a safetensors file, whole or not at all.
 *
 * The file is written beside `path`, synced to the disk and renamed into place: `path` holds either its former content
 * or all of the new. Tensors are read from the backend one at a time, so that memory holds one copy of the largest.
 * The same tensors and metadata give the same bytes; the header is padded so that the data begins at a multiple of 8.
 * Format: https://huggingface.co/docs/safetensors.
 *
 * @param path the file to write or replace; its folder must exist.
 * @param tensors by name: `tf.Tensor` of dtype float32, int32 or bool, or {@link StoredTensor} of any stored dtype. They
 *   are not disposed, and must stay alive until the promise settles.
 * @throws TypeError on a dtype the format lacks, on data of another dtype, on the name `__metadata__`, on metadata that
 *   is no string; RangeError if a shape and its data disagree; the system's error if the file cannot be written.
 *
 * @example
 * ```ts
 * await writeSafetensors('encoder.safetensors', { weight: tf.ones([2, 3]) }, { metadata: { epoch: '1' } });
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor | StoredTensor>>,
  { metadata = {} }: WriteSafetensorsOptions = {},
): Promise<void> {
  if (endianness() !== 'LE') throw new Error('Safetensors are written on little-endian machines only');
  const odd = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (odd) throw new TypeError(`Metadata must be strings: "${odd[0]}" is of type ${typeof odd[1]}`);
  const entries = layOut(Object.entries(tensors).map(([name, tensor]) => check(name, tensor)));
  const beside = `${path}.${randomUUID()}.tmp`;
  const file = await open(beside, 'wx');
  try {
    try {
      await writeAll(file, encodeHeader({ entries, metadata }));
      for (const { name, begin, end } of entries) {
        const bytes = await bytesOf(tensors[name]!);
        if (bytes.length !== end - begin) {
          throw new Error(
            `Cannot write tensor "${name}": expected ${end - begin} bytes, its backend gave ${bytes.length}`,
          );
        }
        await writeAll(file, bytes);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
