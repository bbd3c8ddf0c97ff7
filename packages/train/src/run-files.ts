/** What stands where in a run folder. */
export const RUN_FILES = {
  config: 'config.json',
  log: 'log.jsonl',
  status: 'status.json',
  lock: 'lock.json',
  checkpoints: 'checkpoints',
  encoder: 'encoder',
  hierarchy: 'hierarchy.safetensors',
  pairs: 'pairs',
} as const;

/** How the last sitting of a run ended. */
export interface RunStatus {
  readonly state: 'finished' | 'interrupted' | 'failed';
  readonly step: number;
  readonly steps: number;
  /** Why, if it failed. */
  readonly message?: string;
}
