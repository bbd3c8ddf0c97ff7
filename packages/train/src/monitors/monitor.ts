import type { FeatureStatistics } from './feature-statistics.js';

/** What a monitor is shown: a step's or an epoch's record of the log, as far as it looks at it. */
export interface Watched {
  readonly type: 'step' | 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** Of the queries of a step; not every step has them. */
  readonly features?: FeatureStatistics;
  /** What the method reported before the epoch. */
  readonly before?: Readonly<Record<string, number>>;
}

/** A figure that is out of bounds. */
export interface Alarm {
  /** Its name: `rank`, `balance2`. */
  readonly figure: string;
  readonly value: number;
  readonly limit: number;
  /** What is wrong, since when, and what people do about it. */
  readonly message: string;
  /** Whether the run shall stop rather than warn. */
  readonly stop: boolean;
}

/**
 * Looks at the next record and says what has just gone out of bounds; nothing, mostly.
 *
 * It depends on nothing but the records it was shown: a run that goes on shows it those of its log again.
 */
export type Watch = (record: Watched) => readonly Alarm[];

/** Watches over a run: what a recipe names. Made by factories such as `collapse`. */
export interface Monitor {
  readonly name: string;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** A watch that has seen nothing yet, one for each run. */
  start(): Watch;
}
