/** What was wrong with a file; the fields of {@link DataFileError}. */
export interface DataFileFault {
  /** The file as it was asked for. */
  readonly file: string;
  /** Where in the file, in bytes from its start (after decompression, for a compressed file). */
  readonly offset: number;
  /** What should have been there. */
  readonly expected: string;
  /** What was there. */
  readonly found: string;
}

/**
 * A data file that is truncated, damaged or not what it was said to be.
 *
 * @example
 * ```ts
 * try {
 *   await idx('photo.png');
 * } catch (error) {
 *   if (error instanceof DataFileError) console.error(error.file, error.offset, error.expected, error.found);
 * }
 * ```
 */
export class DataFileError extends Error implements DataFileFault {
  readonly file: string;
  readonly offset: number;
  readonly expected: string;
  readonly found: string;

  constructor({ file, offset, expected, found }: DataFileFault, options?: ErrorOptions) {
    super(`Cannot read ${file}: at offset ${offset} expected ${expected}, found ${found}`, options);
    this.name = 'DataFileError';
    this.file = file;
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }
}
