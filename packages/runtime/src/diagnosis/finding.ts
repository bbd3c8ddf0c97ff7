/** Whether one thing is as it should be. */
export interface Finding {
  readonly works: boolean;
  /** What was found, or what is wrong. */
  readonly detail: string;
  /** The command that mends it, where there is one. */
  readonly remedy?: string;
}
