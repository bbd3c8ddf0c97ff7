/** A file is no PyTorch file that can be read safely; the message names the file and what was refused. */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';

  constructor(
    /** The file. */
    readonly path: string,
    problem: string,
  ) {
    super(`Cannot read ${path} as a PyTorch file: ${problem}`);
  }
}
