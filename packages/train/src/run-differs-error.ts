/** A run is not gone on with, since another recipe began it. */
export class RunDiffersError extends Error {
  override readonly name = 'RunDiffersError';

  constructor(
    readonly folder: string,
    /** A line each: what it was, and what it is. */
    readonly differences: readonly string[],
  ) {
    const list = differences.map((line) => `\n  ${line}`).join('');
    super(
      `Cannot go on with the run in ${folder}, which another recipe began:${list}\n` +
        "Give another folder, existing: 'replace' to start anew, or force: true to go on all the same",
    );
  }
}
