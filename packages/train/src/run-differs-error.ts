/** Differences that the message lists: plans of pairs differ in dozens of values if they differ at all. */
const LISTED = 12;

/** A run is not gone on with, since another recipe began it. */
export class RunDiffersError extends Error {
  override readonly name = 'RunDiffersError';

  constructor(
    readonly folder: string,
    /** A line each: what it was, and what it is. */
    readonly differences: readonly string[],
    /** What to do about it. */
    advice = "Give another folder, existing: 'replace' to start anew, or force: true to go on all the same",
  ) {
    const list = differences.slice(0, LISTED).map((line) => `\n  ${line}`);
    if (differences.length > LISTED) list.push(`\n  and ${differences.length - LISTED} more`);
    super(`Cannot go on with the run in ${folder}, which another recipe began:${list.join('')}\n${advice}`);
  }
}
