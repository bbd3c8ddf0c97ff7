import type { StoredDtype } from '../dtype.js';
import type { GivenTensor } from '../given-tensor.js';
import { storageTypes } from './constructors.js';

/** A value that a PyTorch file can hold beside tensors; records become dictionaries, whole numbers Python's `int`. */
export type TorchPlainValue = string | number | bigint | boolean | null | readonly TorchPlainValue[] | TorchPlainDict;

/** A dictionary of plain values. */
export type TorchPlainDict =
  | ReadonlyMap<string | number | bigint | boolean | null, TorchPlainValue>
  | { readonly [key: string]: TorchPlainValue };

/** A tensor whose values are those of a storage, all of it, in row-major order. */
export interface PickledTensor extends GivenTensor {
  /** The storage's key: the name of its entry. */
  readonly key: string;
}

const storageOf = new Map(storageTypes.map(([name, dtype]) => [dtype, name]));

/** The dtypes that PyTorch files have. */
export const torchDtypes: readonly StoredDtype[] = [...storageOf.keys()];

const latin = (text: string) => Buffer.from(text, 'latin1');
const orderedDict = latin('ccollections\nOrderedDict\n)R');

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.toString() !== value) {
    throw new TypeError(`Cannot write ${JSON.stringify(value)} to a PyTorch file: it is no valid Unicode`);
  }
  const head = Buffer.from('X\0\0\0\0');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** A whole number in the shortest of pickle's ways. */
function whole(value: number | bigint): Buffer {
  const big = BigInt(value);
  if (big >= 0n && big < 256n) return Buffer.of(0x4b, Number(big));
  if (BigInt.asIntN(32, big) === big) {
    const bytes = Buffer.from('J\0\0\0\0');
    bytes.writeInt32LE(Number(big), 1);
    return bytes;
  }
  const bytes: number[] = [];
  // Two's complement, the lowest byte first; the last one's highest bit is the sign.
  for (
    let rest = big;
    bytes.length === 0 || (rest !== 0n && rest !== -1n) || bytes.at(-1)! >> 7 !== (rest < 0n ? 1 : 0);
    rest >>= 8n
  ) {
    bytes.push(Number(BigInt.asUintN(8, rest)));
  }
  if (bytes.length > 255) throw new RangeError('Cannot write a whole number of more than 255 bytes to a PyTorch file');
  return Buffer.of(0x8a, bytes.length, ...bytes);
}

function real(value: number): Buffer {
  const bytes = Buffer.from('G\0\0\0\0\0\0\0\0');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

const isWhole = (value: number) => Number.isSafeInteger(value) && !Object.is(value, -0);

function isPlainRecord(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function encode(value: unknown, path: string, above: readonly object[]): Buffer {
  if (value === null) return latin('N');
  if (typeof value === 'boolean') return latin(value ? '\x88' : '\x89');
  if (typeof value === 'string') return text(value);
  if (typeof value === 'bigint') return whole(value);
  if (typeof value === 'number') return isWhole(value) ? whole(value) : real(value);
  if (typeof value === 'object') {
    if (above.includes(value)) throw new TypeError(`Cannot write ${path} to a PyTorch file: it holds itself`);
    const within = [...above, value];
    if (Array.isArray(value)) {
      const items = value.map((item, i) => encode(item, `${path}[${i}]`, within));
      return Buffer.concat([latin(']('), ...items, latin('e')]);
    }
    if (value instanceof Map || isPlainRecord(value)) return encodeItems(itemsOf(value), path, within);
  }
  const given = typeof value === 'object' ? (value as object).constructor.name : typeof value;
  throw new TypeError(
    `Cannot write ${path} to a PyTorch file: needed null, a string, number, bigint or boolean, or an array, Map or record of them, got ${given}`,
  );
}

const itemsOf = (value: object): [unknown, unknown][] => [...(value instanceof Map ? value : Object.entries(value))];

function encodeItems(items: readonly [unknown, unknown][], path: string, above: readonly object[]): Buffer {
  const parts = items.flatMap(([key, item]) => {
    if (typeof key === 'object' && key !== null)
      throw new TypeError(`Cannot write ${path} to a PyTorch file: a key is an object`);
    return [encode(key, `a key of ${path}`, above), encode(item, `${path}.${String(key)}`, above)];
  });
  return Buffer.concat([latin('}('), ...parts, latin('u')]);
}

const tuple = (values: readonly number[]) => Buffer.concat([latin('('), ...values.map(whole), latin('t')]);

function encodeTensor({ dtype, shape, key }: PickledTensor): Buffer {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  // As PyTorch has them: the stride of a dimension counts empty ones as 1.
  const strides = shape.map((_, d) =>
    shape.slice(d + 1).reduce((product, dimension) => product * Math.max(dimension, 1), 1),
  );
  return Buffer.concat([
    latin('ctorch._utils\n_rebuild_tensor_v2\n(('),
    text('storage'),
    latin(`ctorch\n${storageOf.get(dtype)!}\n`),
    text(key),
    text('cpu'),
    whole(size),
    latin('tQ'),
    whole(0),
    tuple(shape),
    tuple(strides),
    latin('\x89'),
    orderedDict,
    latin('tR'),
  ]);
}

/**
 * The pickle (protocol 2) of a state dict, or of a dictionary with plain values and, last, `state_dict`.
 *
 * @throws TypeError that says where a value stands that cannot be written.
 */
export function writePickle(tensors: readonly PickledTensor[], value?: TorchPlainDict): Buffer {
  const parts = tensors.flatMap((tensor) => [text(tensor.name), encodeTensor(tensor)]);
  const stateDict = Buffer.concat([orderedDict, latin('('), ...parts, latin('u')]);
  const head = latin('\x80\x02');
  if (!value) return Buffer.concat([head, stateDict, latin('.')]);
  const items = encode(value, 'value', []);
  return Buffer.concat([head, items, text('state_dict'), stateDict, latin('s.')]);
}
