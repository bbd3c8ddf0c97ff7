import { dtypes } from '../dtype.js';
import { Constructor } from './constructors.js';
import { type FileBytes, Refusal, shortened } from './file-bytes.js';
import { Skipped } from './skipped.js';
import { Storage } from './tensor-view.js';
import { unpickle } from './unpickle.js';
import { zipEntries } from './zip-entries.js';

/** What a container holds, before any storage is read. */
export interface Container {
  /** The value of its pickle, with {@link TensorView}s in it. */
  readonly value: unknown;
  /** The bytes of one of its storages, in the order of little-endian machines. */
  read(storage: Storage): Promise<Uint8Array<ArrayBuffer>>;
}

/** The longest pickle that is read, in bytes: the values of tensors are not in it. */
const longestPickle = 1 << 25;

/** Collects the storages that a pickle refers to. */
function storages(isLegacy: boolean) {
  const found = new Map<string, Storage>();
  const persistent = (id: readonly unknown[]): Storage | Skipped => {
    const [kind, type, key, , length, view] = id;
    // A class of a module, with its source.
    if (kind === 'module' && type instanceof Skipped) return type;
    if (kind !== 'storage' || !(type instanceof Constructor) || !type.dtype) {
      throw new Refusal(
        `a reference should be to a storage, got ${shortened(String(typeof kind === 'string' ? kind : typeof kind))}`,
      );
    }
    if (typeof key !== 'string' || !Number.isSafeInteger(length) || (length as number) < 0) {
      throw new Refusal('a reference to a storage should have its key and its length');
    }
    if (id.length > (isLegacy ? 6 : 5) || (view ?? null) !== null) {
      throw new Refusal(`storage ${shortened(key)} is a view of another one, which is not supported`);
    }
    const before = found.get(key);
    if (before && (before.dtype !== type.dtype || before.length !== length)) {
      throw new Refusal(`storage ${shortened(key)} is referred to with two dtypes or lengths`);
    }
    const storage = before ?? new Storage(key, type.dtype, length as number);
    found.set(key, storage);
    return storage;
  };
  return { found, persistent };
}

/** Exchanges the bytes of every value. */
function swap(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  if (width === 4) buffer.swap32();
  if (width === 8) buffer.swap64();
}

/** The container of PyTorch 1.6 and later: a zip file with `data.pkl` and an entry a storage. */
export async function zipContainer(file: FileBytes, checksum: boolean, skip: boolean): Promise<Container> {
  const entries = await zipEntries(file);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw new Refusal(`it should have one entry data.pkl in a folder, has ${pickles.length}`);
  const folder = pickles[0]!.slice(0, -'data.pkl'.length);
  const pickle = entries.get(pickles[0]!)!;
  if (pickle.size > longestPickle)
    throw new Refusal(`data.pkl has ${pickle.size} bytes, at most ${longestPickle} are read`);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && byteOrder.size > 6) throw new Refusal('its byte order should be little or big');
  const order = byteOrder ? Buffer.from(await byteOrder.read({ checksum })).toString('latin1') : 'little';
  if (order !== 'little' && order !== 'big')
    throw new Refusal(`its byte order should be little or big, got ${shortened(order)}`);
  const { found, persistent } = storages(false);
  const bytes = await pickle.read({ checksum });
  const { value, end } = unpickle(bytes, { persistent, skip });
  if (end !== bytes.length) throw new Refusal(`data.pkl goes on after its end, byte ${end}`);
  for (const { key, name, length, dtype } of found.values()) {
    const entry = entries.get(`${folder}data/${key}`);
    if (!entry) throw new Refusal(`storage ${name} should be an entry, it is none`);
    const needed = length * dtypes[dtype].bytes;
    if (entry.size !== needed)
      throw new Refusal(`storage ${name} should have ${needed} bytes (${length} of ${dtype}), has ${entry.size}`);
  }
  return {
    value,
    async read({ key, dtype }) {
      const values = await entries.get(`${folder}data/${key}`)!.read({ checksum });
      if (order === 'big') swap(values, dtypes[dtype].bytes);
      return values;
    },
  };
}

/** The container before PyTorch 1.6: five pickles one after the other, then the storages. */
export async function legacyContainer(file: FileBytes, skip: boolean): Promise<Container> {
  const head = await file.read(0, Math.min(file.size, longestPickle), 'the file');
  const magic = unpickle(head);
  if (magic.value !== 0x1950a86a20f9469cfc6cn) throw new Refusal('it does not begin with the number of PyTorch files');
  const protocol = unpickle(head, { at: magic.end });
  if (protocol.value !== 1001) throw new Refusal('its protocol is not 1001, the one that is known');
  const system = unpickle(head, { at: protocol.end });
  if (!(system.value instanceof Map) || system.value.get('little_endian') !== true) {
    throw new Refusal('it was not written on a little-endian machine');
  }
  const { found, persistent } = storages(true);
  const { value, end } = unpickle(head, { at: system.end, persistent, skip });
  const keys = unpickle(head, { at: end });
  if (!Array.isArray(keys.value) || !keys.value.every((key) => typeof key === 'string')) {
    throw new Refusal('its list of storages should hold their keys');
  }
  const places = new Map<string, number>();
  let at = keys.end;
  for (const key of keys.value as string[]) {
    const storage = found.get(key);
    if (!storage || places.has(key))
      throw new Refusal(`storage ${shortened(key)} is listed twice, or belongs to no tensor`);
    const { name, length, dtype } = storage;
    const stored = Buffer.from(await file.read(at, 8, `storage ${name}`)).readBigInt64LE();
    if (stored !== BigInt(length)) throw new Refusal(`storage ${name} should have ${length} values, has ${stored}`);
    places.set(key, at + 8);
    at += 8 + length * dtypes[dtype].bytes;
    if (at > file.size)
      throw new Refusal(`it is cut short: storage ${name} should end at ${at}, the file has ${file.size}`);
  }
  const missing = [...found.keys()].find((key) => !places.has(key));
  if (missing !== undefined) throw new Refusal(`storage ${shortened(missing)} is not in the file`);
  if (at !== file.size) throw new Refusal(`it should end at byte ${at}, it has ${file.size}`);
  return {
    value,
    read: ({ key, name, length, dtype }) =>
      file.read(places.get(key)!, length * dtypes[dtype].bytes, `storage ${name}`),
  };
}
