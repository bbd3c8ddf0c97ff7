import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { recordFile } from './record-file.js';

/** Takes images one after the other, all of as many bytes. */
export interface ImageStore {
  /** Copies the image; rejects with a RangeError if there is no room for it. */
  push(image: Uint8Array): Promise<void>;
  /** All of them, to be read by index. */
  done(): Promise<{ read(indices: ArrayLike<number>): Promise<Uint8Array> }>;
  /** Takes back what was written. */
  discard(): Promise<void>;
}

/** Images are kept and written so many bytes at a time, or one by one where they are larger. */
const CHUNK = 16 * 2 ** 20;
const perChunk = (imageBytes: number) => Math.max(1, Math.floor(CHUNK / imageBytes));

/** Keeps images in memory, in chunks that are never moved. */
export function storeInMemory(name: string, imageBytes: number, maxBytes: number): ImageStore {
  const images = perChunk(imageBytes);
  const chunks: Uint8Array[] = [];
  let count = 0;
  return {
    async push(image) {
      if ((count + 1) * imageBytes > maxBytes) {
        throw new RangeError(
          `Cannot hold more than ${count} images of ${name}: the next makes it more than maxBytes, ${maxBytes} bytes. Give a limit, a larger maxBytes, or a file as spool`,
        );
      }
      if (count === chunks.length * images) chunks.push(new Uint8Array(images * imageBytes));
      chunks.at(-1)!.set(image, (count++ % images) * imageBytes);
    },
    async done() {
      chunks.push(chunks.pop()!.slice(0, (((count - 1) % images) + 1) * imageBytes));
      return {
        async read(indices) {
          const packed = new Uint8Array(indices.length * imageBytes);
          for (let i = 0; i < indices.length; i++) {
            const start = (indices[i]! % images) * imageBytes;
            const chunk = chunks[Math.floor(indices[i]! / images)]!;
            packed.set(chunk.subarray(start, start + imageBytes), i * imageBytes);
          }
          return packed;
        },
      };
    },
    async discard() {
      chunks.length = 0;
    },
  };
}

/** Writes images to a file, beside its place until all are there. */
export async function storeInFile(path: string, imageBytes: number): Promise<ImageStore> {
  const beside = `${path}.${randomUUID()}.part`;
  const handle = await open(beside, 'wx');
  const images = perChunk(imageBytes);
  const chunk = new Uint8Array(images * imageBytes);
  let waiting = 0;
  let closed = false;
  const write = async () => {
    await handle.appendFile(chunk.subarray(0, waiting * imageBytes));
    waiting = 0;
  };
  const close = async () => {
    if (!closed) await handle.close();
    closed = true;
  };
  return {
    async push(image) {
      chunk.set(image, waiting++ * imageBytes);
      if (waiting === images) await write();
    },
    async done() {
      await write();
      await handle.sync();
      await close();
      await rename(beside, path);
      return recordFile(path, imageBytes);
    },
    async discard() {
      await close();
      await rm(beside, { force: true });
    },
  };
}
