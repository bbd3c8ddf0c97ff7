import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { NativeLibraryError } from '../library-error.js';
import type { PinnedWheel } from './pinned-wheel.js';

/** @throws NativeLibraryError if the file is not the wheel, to the byte. */
export async function checkSum(path: string, wheel: PinnedWheel): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found === wheel.sha256) return;
  throw new NativeLibraryError(
    'checksum',
    `${path} is not ${wheel.file}: its SHA-256 is ${found}, not ${wheel.sha256}`,
  );
}
