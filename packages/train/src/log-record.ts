/** One step's figures. */
export interface StepRecord {
  readonly type: 'step';
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
  /** The loss's parts, and whatever else the method measures in a step: similarities, keep-rates. */
  readonly parts: Readonly<Record<string, number>>;
  /** Where the method stands after the step: the key encoder's momentum, how full the queue and how balanced the clusters are. */
  readonly state: Readonly<Record<string, number>>;
  /** At some steps, of methods that show their features: see `featureStatistics`. */
  readonly features?: FeatureFigures;
  /** What depends on the machine, so that logs of equal runs are equal but for this. Seconds; images per second. */
  readonly time: Readonly<Record<string, number>>;
  /** MiB of the process that are in memory, and tensors that are not disposed. It depends on the machine, too. */
  readonly memory: Readonly<Record<'resident' | 'tensors', number>>;
}

/** How far features are from collapse. */
export interface FeatureFigures {
  /** Their standard deviation, times the root of their width: 1 if they are spread evenly, 0 if all are one. */
  readonly spread: number;
  /** Their effective rank. */
  readonly rank: number;
}

/** One epoch's figures: the means of its steps, and what was measured before and after them. */
export interface EpochRecord {
  readonly type: 'epoch';
  /** Steps done. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** What the method reported before the epoch, and the balance of its prototypes by level. */
  readonly before: Readonly<Record<string, number>>;
  /** Of the epoch's last step. */
  readonly features?: FeatureFigures;
  /** What the recipe's validation gave after the epoch. */
  readonly validation?: Readonly<Record<string, number>>;
  readonly time: Readonly<Record<string, number>>;
  readonly memory: Readonly<Record<'resident' | 'tensors', number>>;
}

/** A figure that a monitor finds alarming. */
export interface WarningRecord {
  readonly type: 'warning';
  /** Which record it was found in: that of a step, with its number, or that of an epoch. */
  readonly of: 'step' | 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly figure: string;
  readonly value: number;
  readonly message: string;
}

/** A line of a run's log. */
export type LogRecord = StepRecord | EpochRecord | WarningRecord;
