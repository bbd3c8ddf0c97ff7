import { openSafetensors, readSafetensors, type StoredTensor, writeSafetensors } from '@hcsc/weights';
import type { MiningIdentity } from './mining-identity.js';

/** Features of images, and which of them have none. */
export interface Embedding {
  /** `[K · width]`: rows of length 1. */
  readonly values: Float32Array;
  readonly width: number;
  /** `[K]`: the image of each row, in rising order. */
  readonly images: Int32Array;
  /** Images that could not be read and were left out. */
  readonly unreadable: Int32Array;
  /** Images whose features are all zero, which are like no other. */
  readonly zero: Int32Array;
}

/** Writes an embedding, whole or not at all. */
export async function writeEmbedding(
  path: string,
  { values, width, images, unreadable, zero }: Embedding,
  identity: MiningIdentity,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const list = (data: Int32Array): StoredTensor => ({ dtype: 'int32', shape: [data.length], data });
  const features: StoredTensor = { dtype: 'float32', shape: [images.length, width], data: values };
  await writeSafetensors(
    path,
    { features, images: list(images), unreadable: list(unreadable), zero: list(zero) },
    { metadata: { ...metadata, identity: JSON.stringify(identity) }, checksum: true },
  );
}

/** What a file says of itself; null if there is none. */
export async function headerOf(path: string): Promise<Record<string, string> | null> {
  try {
    const file = await openSafetensors(path);
    await file.close();
    return file.metadata;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Reads what {@link writeEmbedding} wrote. */
export async function readEmbedding(path: string): Promise<Embedding> {
  const { tensors } = await readSafetensors(path);
  const { features, ...lists } = tensors;
  const width = features?.shape[1];
  const of = (name: string) => {
    const tensor = lists[name];
    if (tensor?.dtype !== 'int32') throw new TypeError(`Cannot use the features in ${path}: needed ${name} [n] int32`);
    return tensor.data;
  };
  if (features?.dtype !== 'float32' || features.shape.length !== 2 || width === undefined) {
    throw new TypeError(`Cannot use the features in ${path}: needed features [n, D] float32`);
  }
  return { values: features.data, width, images: of('images'), unreadable: of('unreadable'), zero: of('zero') };
}
