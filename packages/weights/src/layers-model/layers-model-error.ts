/** A folder holds no model that can be read; the message names the folder, what was needed and what was found. */
export class LayersModelError extends Error {
  override readonly name = 'LayersModelError';

  constructor(
    /** The folder. */
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read the model in ${path}: ${problem}`, options);
  }
}
