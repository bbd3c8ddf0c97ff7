import { dtypes, type StoredDtype, type StoredTensor, sizeOf } from '../dtype.js';
import { Refusal, shortened } from './file-bytes.js';

/** A storage: the values that tensors are views of. */
export class Storage {
  constructor(
    readonly key: string,
    readonly dtype: StoredDtype,
    /** How many values the pickle says it has. */
    readonly length: number,
  ) {}

  /** The key in messages, however long the file has made it. */
  get name(): string {
    return shortened(this.key);
  }
}

/** A tensor before its values are read: it lies within its storage. */
export class TensorView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const most = 64;

/**
 * The view that a pickle describes.
 *
 * @throws Refusal if shape, strides and offset are no whole numbers of at least 0, or reach beyond the storage.
 */
export function tensorView(storage: Storage, offset: number, shape: unknown[], strides: unknown[]): TensorView {
  const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (shape.length > most || !shape.every(whole) || strides.length !== shape.length || !strides.every(whole)) {
    throw new Refusal(
      `a tensor should have at most ${most} dimensions and as many strides, all whole numbers of at least 0`,
    );
  }
  const last = shape.reduce((end, dimension, d) => end + (dimension - 1) * strides[d]!, offset);
  const empty = shape.includes(0);
  if (!empty && !(last < storage.length)) {
    throw new Refusal(
      `a tensor of shape [${shape}], strides [${strides}] and offset ${offset} reaches value ${last} of storage ${storage.name}, which has ${storage.length}`,
    );
  }
  if (!empty && !Number.isSafeInteger(sizeOf(shape))) {
    throw new Refusal(`a tensor of shape [${shape}] has more values than can be counted`);
  }
  return new TensorView(storage, offset, shape, strides);
}

/** How many values a view has. */
export function valuesOf({ shape }: TensorView): number {
  return shape.includes(0) ? 0 : sizeOf(shape);
}

/** Do the view's values lie one after the other in row-major order? */
function isContiguous({ shape, strides }: TensorView): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== step) return false;
    step *= shape[d]!;
  }
  return true;
}

/** The values of a view in row-major order; `bytes`, those of its storage, are taken as they are if `own` allows. */
export function materialise(view: TensorView, bytes: Uint8Array<ArrayBuffer>, own: boolean): StoredTensor {
  const { shape, strides, offset } = view;
  const { dtype } = view.storage;
  const source = new dtypes[dtype].array(bytes.buffer);
  const size = valuesOf(view);
  const give = (data: unknown) => ({ dtype, shape, data }) as StoredTensor;
  if (size === 0) return give(source.slice(0, 0));
  if (isContiguous(view)) {
    return give(own && size === source.length ? source : source.slice(offset, offset + size));
  }
  const data = new dtypes[dtype].array(new ArrayBuffer(size * dtypes[dtype].bytes));
  // Dimensions of 1 have any stride, and need none.
  const dimensions = shape.flatMap((length, d) => (length === 1 ? [] : [{ length, stride: strides[d]!, index: 0 }]));
  const inner = dimensions.pop()!;
  dimensions.reverse();
  for (let to = 0, from = offset; to < size; ) {
    for (let i = 0; i < inner.length; i++) data[to++] = source[from + i * inner.stride]!;
    for (const dimension of dimensions) {
      from += dimension.stride;
      if (++dimension.index < dimension.length) break;
      from -= dimension.length * dimension.stride;
      dimension.index = 0;
    }
  }
  return give(data);
}
