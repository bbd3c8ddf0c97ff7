/** Why TensorFlow's library cannot be had. */
export type NativeLibraryProblem = 'platform' | 'missing' | 'broken' | 'python' | 'download' | 'checksum';

/** TensorFlow's library is not there, does not load or cannot be fetched; the message says what would mend it. */
export class NativeLibraryError extends Error {
  override readonly name = 'NativeLibraryError';

  constructor(
    readonly problem: NativeLibraryProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
