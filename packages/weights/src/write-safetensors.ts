import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkFinite } from './check-finite.js';
import { dtypes, type StoredDtype, type StoredTensor } from './dtype.js';
import { bytesBehind, type GivenTensor, givenTensor, givenValues } from './given-tensor.js';
import { checksumAt, encodeHeader, layOut } from './header.js';
import { writeBeside } from './write-beside.js';

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Strings to keep with the tensors, for example `{ epoch: '12' }`; none by default. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Keep a checksum in the metadata (false by default), which {@link readSafetensors} compares: `sha256` is the SHA-256
   * of the whole file with zeros for its 64 digits.
   */
  readonly checksum?: boolean;
  /** Refuse to write NaN and ±Infinity (false by default)? */
  readonly finite?: boolean;
}

/** The most bytes written, and added to the checksum, at once. */
const piece = 1 << 24;

const allDtypes = Object.keys(dtypes) as StoredDtype[];

function check(name: string, tensor: Tensor | StoredTensor): GivenTensor {
  if (name === '__metadata__') {
    throw new TypeError('A tensor cannot be named __metadata__: the format keeps that name for metadata');
  }
  return givenTensor(name, tensor, allDtypes, 'safetensors');
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
 *   is no string; RangeError if a shape and its data disagree, or on a value that `finite` excludes; the system's error
 *   if the file cannot be written. `path` then holds what it held before.
 *
 * @example
 * ```ts
 * await writeSafetensors('encoder.safetensors', { weight: tf.ones([2, 3]) }, { metadata: { epoch: '1' } });
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor | StoredTensor>>,
  { metadata = {}, checksum = false, finite = false }: WriteSafetensorsOptions = {},
): Promise<void> {
  if (endianness() !== 'LE') throw new Error('Safetensors are written on little-endian machines only');
  const odd = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (odd) throw new TypeError(`Metadata must be strings: "${odd[0]}" is of type ${typeof odd[1]}`);
  const entries = layOut(Object.entries(tensors).map(([name, tensor]) => check(name, tensor)));
  const start = encodeHeader({ entries, metadata }, checksum);
  await writeBeside(path, async (append, overwrite) => {
    const sum = checksum ? createHash('sha256') : undefined;
    const add = async (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; at += piece) {
        const part = bytes.subarray(at, at + piece);
        await append(part);
        sum?.update(part);
      }
    };
    await add(start);
    for (const entry of entries) {
      const values = await givenValues(entry, tensors[entry.name]!);
      if (finite) checkFinite(entry.name, entry.dtype, values);
      await add(bytesBehind(values));
    }
    if (sum) await overwrite(Buffer.from(sum.digest('hex')), checksumAt);
  });
}
