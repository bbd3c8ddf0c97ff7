import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { StoredTensor } from '../dtype.js';
import { bytesBehind, givenTensor, givenValues } from '../given-tensor.js';
import { type Append, writeBeside } from '../write-beside.js';
import { type PickledTensor, type TorchPlainDict, torchDtypes, writePickle } from './write-pickle.js';
import { directory, localHeader, type ZipRecord } from './zip-records.js';

/** Options of {@link writeTorch}. */
export interface WriteTorchOptions {
  /**
   * Plain values to stand beside the state dict, for example `{ epoch: 3, arch: 'resnet18' }`: the file is then a
   * dictionary with them and `state_dict`. Without it the file is the state dict itself.
   */
  readonly value?: TorchPlainDict;
}

function checksumOf(bytes: Uint8Array): number {
  let crc = 0;
  // In pieces, because one call takes less than 4 GiB.
  for (let at = 0; at < bytes.length; at += 1 << 30) crc = crc32(bytes.subarray(at, at + (1 << 30)), crc);
  return crc;
}

/** Writes the entries of a zip file one after the other, and its list at the end. */
function zipWriter(append: Append) {
  const entries: ZipRecord[] = [];
  let at = 0;
  return {
    async add(name: string, bytes: Uint8Array) {
      const entry = { name: `archive/${name}`, size: bytes.length, crc: checksumOf(bytes), at };
      const header = localHeader(entry);
      await append(header);
      await append(bytes);
      entries.push(entry);
      at += header.length + bytes.length;
    },
    end: () => append(directory(entries, at)),
  };
}

/**
 * Writes tensors to a file that `torch.load(path, weights_only=True)` reads (`.pth`, `.pt`; PyTorch 1.6 and later).
 *
 * The file is written beside `path`, synced to the disk and renamed into place: `path` holds either its former content
 * or all of the new. Tensors are read from the backend one at a time, so that memory holds one copy of the largest. The
 * same tensors and values give the same bytes. Storages begin at multiples of 64 bytes, as those of `torch.save`; files
 * may be larger than 4 GiB. Shapes and values are written as they are: give weights in PyTorch's layout.
 * Format: https://docs.pytorch.org/docs/stable/notes/serialization.html.
 *
 * @param path the file to write or replace; its folder must exist.
 * @param tensors the state dict, in its order: `tf.Tensor` of dtype float32, int32 or bool, or {@link StoredTensor} of
 *   any dtype but uint16, uint32 and uint64. They are not disposed, and must stay alive until the promise settles.
 * @throws TypeError on a dtype that PyTorch files lack, on data of another dtype, on a value that is not plain;
 *   RangeError if a shape and its data disagree; the system's error if the file cannot be written.
 *
 * @example
 * ```ts
 * await writeTorch('encoder.pth', { 'fc.weight': tf.ones([2, 3]) }, { value: { epoch: 3, arch: 'resnet18' } });
 * ```
 */
export async function writeTorch(
  path: string,
  tensors: Readonly<Record<string, Tensor | StoredTensor>>,
  { value }: WriteTorchOptions = {},
): Promise<void> {
  if (endianness() !== 'LE') throw new Error('PyTorch files are written on little-endian machines only');
  const given = Object.entries(tensors);
  const pickled = given.map(
    ([name, tensor], i): PickledTensor => ({ ...givenTensor(name, tensor, torchDtypes, 'PyTorch'), key: String(i) }),
  );
  if (value && (value instanceof Map ? value.has('state_dict') : Object.hasOwn(value, 'state_dict'))) {
    throw new TypeError('Cannot write value.state_dict to a PyTorch file: that is where the tensors go');
  }
  const pickle = writePickle(pickled, value);
  await writeBeside(path, async (append) => {
    const zip = zipWriter(append);
    await zip.add('data.pkl', pickle);
    await zip.add('byteorder', Buffer.from('little'));
    for (const [i, tensor] of pickled.entries()) {
      await zip.add(`data/${tensor.key}`, bytesBehind(await givenValues(tensor, given[i]![1])));
    }
    await zip.add('version', Buffer.from('3\n'));
    await zip.end();
  });
}
