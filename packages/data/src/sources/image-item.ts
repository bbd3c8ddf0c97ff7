import { Tensor, type Tensor3D } from '@tensorflow/tfjs-core';

/** An image as bytes, row by row, the channels of a pixel together. */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** A class number, or a tensor of one. */
export type ImageLabel = number | Tensor;

/** What `fromIterable` takes for an image, with or without a label. */
export type ImageItem =
  | Tensor3D
  | RawImage
  | { readonly image: Tensor3D | RawImage; readonly label?: ImageLabel | null }
  | { readonly xs: Tensor3D | RawImage; readonly ys?: ImageLabel | null };

/** What items are read with. */
export interface ItemReader {
  readonly name: string;
  readonly classes: readonly string[] | null;
  /** What images must be, if that is known. */
  shape: readonly [height: number, width: number, channels: number] | undefined;
}

/** The image of an item. */
export interface ItemImage {
  readonly bytes: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: number];
}

type Fields = Readonly<
  Partial<Record<'image' | 'label' | 'xs' | 'ys' | 'data' | 'width' | 'height' | 'channels', unknown>>
>;
const fieldsOf = (item: unknown): Fields => (typeof item === 'object' && item !== null ? (item as Fields) : {});

/**
 * The bytes of an item's image.
 *
 * @throws TypeError if there is none, RangeError if it is of another size or has values out of range.
 */
export async function imageOf(reader: ItemReader, index: number, item: unknown): Promise<ItemImage> {
  const fields = fieldsOf(item);
  const image = item instanceof Tensor ? item : (fields.image ?? fields.xs ?? item);
  const found = image instanceof Tensor ? fromTensor : fromBytes;
  return found(
    image as Tensor & RawImage,
    (shape, count) => checkSize(reader, index, shape, count),
    (error, what) => {
      throw new error(`Cannot take item ${index} of ${reader.name}: ${what}`);
    },
  );
}

/** Checks a size before anything is allocated by it. */
type CheckSize = (shape: readonly number[], count: number) => ItemImage['shape'];
type Refuse = (error: new (message: string) => Error, what: string) => never;

async function fromTensor(image: Tensor, check: CheckSize, refuse: Refuse): Promise<ItemImage> {
  if (image.isDisposed) refuse(TypeError, 'its tensor was disposed already; each item is handed over with its tensors');
  if (image.rank !== 3) {
    refuse(TypeError, `it is a tensor of shape [${image.shape}]; an image is [height, width, channels], not a batch`);
  }
  if (image.dtype !== 'int32' && image.dtype !== 'float32') {
    refuse(TypeError, `it is a tensor of ${image.dtype}; an image is int32 (0 to 255) or float32 (0 to 1)`);
  }
  const shape = check(image.shape, image.size);
  const values = await image.data();
  const [scale, most] = image.dtype === 'int32' ? [1, 255] : [255, 1];
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= most)) {
      refuse(RangeError, `a ${image.dtype} image has values 0 to ${most}, but it has ${value} at ${i}`);
    }
    bytes[i] = Math.round(value * scale);
  }
  return { bytes, shape };
}

async function fromBytes(image: RawImage, check: CheckSize, refuse: Refuse): Promise<ItemImage> {
  const { data, width, height, channels } = fieldsOf(image) as Partial<RawImage>;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    refuse(
      TypeError,
      `${describe(image)} is no image; give a Tensor3D, { data, width, height, channels } with a Uint8Array, { image, label } or { xs, ys }`,
    );
  }
  const shape = check([height ?? Number.NaN, width ?? Number.NaN, channels ?? Number.NaN], data.length);
  return { bytes: new Uint8Array(data.buffer, data.byteOffset, data.length), shape };
}

const describe = (value: unknown) =>
  typeof value === 'object' && value
    ? `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'nothing'}`
    : String(value);

function checkSize({ name, shape: expected }: ItemReader, index: number, shape: readonly number[], count: number) {
  const [height, width, channels] = shape as unknown as ItemImage['shape'];
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0) || height * width * channels !== count) {
    throw new RangeError(`Cannot take item ${index} of ${name}: ${count} values are no image of [${shape}]`);
  }
  if (expected?.some((size, i) => size !== shape[i])) {
    throw new RangeError(
      `Cannot take item ${index} of ${name}: it is [${shape}], but all images must be [${expected}]. Resize or crop it before`,
    );
  }
  return [height, width, channels] as const;
}

/**
 * The label of an item, or null.
 *
 * @throws TypeError if it is something else than a number, RangeError if it is no class number.
 */
export async function labelOf({ name, classes }: ItemReader, index: number, item: unknown): Promise<number | null> {
  if (item instanceof Tensor) return null;
  const fields = fieldsOf(item);
  const given = fields.image === undefined ? fields.ys : fields.label;
  if (given === undefined || given === null) return null;
  if (given instanceof Tensor && given.size !== 1) {
    throw new TypeError(
      `Cannot take the label of item ${index} of ${name}: it is a tensor of shape [${given.shape}]; give one number (argMax of a one-hot vector)`,
    );
  }
  const label: unknown = given instanceof Tensor ? (await given.data())[0] : given;
  if (typeof label !== 'number') {
    throw new TypeError(`Cannot take the label of item ${index} of ${name}: it is a ${typeof label}; give a number`);
  }
  if (Number.isInteger(label) && label >= 0 && label < (classes?.length ?? 2 ** 31)) return label;
  const bound = classes ? `0 to ${classes.length - 1}, one of the ${classes.length} classes` : 'integers from 0';
  throw new RangeError(`Cannot label item ${index} of ${name} with ${label}: labels are ${bound}`);
}

/** Disposes the tensors of an item. */
export function disposeItem(item: unknown): void {
  const parts = item instanceof Tensor ? [item] : ArrayBuffer.isView(item) ? [] : Object.values(fieldsOf(item));
  for (const part of parts) if (part instanceof Tensor && !part.isDisposed) part.dispose();
}
