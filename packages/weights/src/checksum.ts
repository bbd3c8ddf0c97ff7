import { createHash, type Hash } from 'node:crypto';
import { SafetensorsError } from './safetensors-error.js';

/** What stands for the digits while they are not known, and what they count as in the sum. */
export const zeros = '0'.repeat(64);

/**
 * The second sign of a checksum, in metadata as `sha256_of`: whatever byte of the name or the form of `sha256` is
 * altered, this still says that there was one.
 */
export const meaning = 'this file, with zeros for the 64 digits of sha256';

/** Is this the form of our checksum? A `sha256` of another form is somebody else's. */
export function isChecksum(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** Metadata without the checksum of the file that they may have come from. */
export function withoutChecksum(metadata: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(metadata).filter(
    ([key, value]) => !(key === 'sha256' && isChecksum(value)) && !(key === 'sha256_of' && value === meaning),
  );
}

/** Where a file keeps its checksum, and what it is. */
export interface Checksum {
  /** The first of its digits, as a byte of the file. */
  readonly at: number;
  readonly digits: string;
}

/** The sum of a file that begins with `start` (the header's length and the header), whose digits count as zeros. */
export function startSum(start: Uint8Array, { at }: Checksum): Hash {
  return createHash('sha256')
    .update(start.subarray(0, at))
    .update(zeros)
    .update(start.subarray(at + zeros.length));
}

/** @throws SafetensorsError if the sum of all bytes is not the one that the file names. */
export function compareSum(sum: Hash, { digits }: Checksum, path: string): void {
  const is = sum.digest('hex');
  if (is !== digits) {
    throw new SafetensorsError(
      path,
      `it was altered, or written only in part: its SHA-256 should be ${digits}, is ${is}`,
    );
  }
}
