/** A file is no valid safetensors file; the message names the file, what was expected and what was found. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';

  constructor(
    /** The file. */
    readonly path: string,
    problem: string,
  ) {
    super(`${path} is no valid safetensors file: ${problem}`);
  }
}
