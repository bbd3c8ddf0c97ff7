import type { StoredDtype } from '../dtype.js';
import { Refusal, shortened } from './file-bytes.js';
import { Skipped } from './skipped.js';
import { Storage, TensorView, tensorView } from './tensor-view.js';

/** One of the names that a pickle may ask for; nothing of that name is ever looked up or run. */
export class Constructor {
  constructor(
    readonly name: string,
    /** What it makes of its arguments; a storage type makes nothing. */
    readonly make: ((values: readonly unknown[]) => unknown) | null,
    /** The dtype, if it is a storage type. */
    readonly dtype: StoredDtype | null = null,
  ) {}
}

const isFlag = (value: unknown) => typeof value === 'boolean';

function rebuildTensor(values: readonly unknown[]): TensorView {
  const [storage, offset, shape, strides] = values;
  if (
    !(storage instanceof Storage) ||
    !(Number.isSafeInteger(offset) && (offset as number) >= 0) ||
    !Array.isArray(shape) ||
    !Array.isArray(strides)
  ) {
    throw new Refusal('a tensor should be made of a storage, an offset, a shape and strides');
  }
  return tensorView(storage, offset as number, shape, strides);
}

function rebuildParameter([tensor, requiresGrad]: readonly unknown[]): TensorView {
  if (!(tensor instanceof TensorView) || !isFlag(requiresGrad)) {
    throw new Refusal('a parameter should be made of a tensor and whether it is trained');
  }
  return tensor;
}

function orderedDict(values: readonly unknown[]): Map<unknown, unknown> {
  const [pairs = [], ...more] = values;
  if (more.length > 0 || !Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new Refusal('an OrderedDict should be made of nothing, or of a list of pairs');
  }
  return new Map(pairs.map(([key, value]) => [dictKey(key), value]));
}

function size(values: readonly unknown[]): unknown {
  const [dimensions, ...more] = values;
  if (more.length > 0 || !Array.isArray(dimensions) || !dimensions.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new Refusal('a torch.Size should be made of whole numbers');
  }
  return dimensions;
}

/** The storage types of PyTorch, by their names in `torch`. */
export const storageTypes: readonly (readonly [name: string, dtype: StoredDtype])[] = [
  ['FloatStorage', 'float32'],
  ['DoubleStorage', 'float64'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
];

const allowed = new Map(
  [
    new Constructor('collections.OrderedDict', orderedDict),
    new Constructor('torch._utils._rebuild_tensor', rebuildTensor),
    new Constructor('torch._utils._rebuild_tensor_v2', rebuildTensor),
    new Constructor('torch._utils._rebuild_parameter', rebuildParameter),
    new Constructor('torch.Size', size),
    ...storageTypes.map(([name, dtype]) => new Constructor(`torch.${name}`, null, dtype)),
  ].map((type) => [type.name, type]),
);

/** The longest name of a class that is kept. */
const longestName = 200;

/**
 * The constructor of a name; with `skip`, for a name that is none of them, what stands for it.
 *
 * @throws Refusal that names it, if it is none of those that tensors and plain values need.
 */
export function constructorOf(module: string, name: string, skip = false): Constructor | Skipped {
  const isShort = module.length + name.length <= longestName;
  const found = isShort ? allowed.get(`${module}.${name}`) : undefined;
  if (found) return found;
  if (skip && isShort) return new Skipped(`${module}.${name}`);
  throw new Refusal(
    `it asks for ${shortened(`${module.slice(0, longestName)}.${name.slice(0, longestName)}`)}, which is none of ${[...allowed.keys()].join(', ')}: refused, and nothing was run (objects: 'skip' reads the rest of such files)`,
  );
}

/** The key itself, if it is a string, a number, a boolean or None. */
export function dictKey(key: unknown): unknown {
  if (key === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof key)) return key;
  throw new Refusal('a key of a dictionary should be a string, a number, a boolean or None');
}
