import type { Alarm, Monitor, Watched } from './monitor.js';

/** Below what {@link collapse} warns, and what it does then. */
export interface CollapseOptions {
  /** Least spread of a step's features, from 0 to 1. Default 0.02; 0 never warns. */
  spread?: number;
  /** Least effective rank of a step's features. Default 1.8; 0 never warns. */
  rank?: number;
  /** Least balance of each level's clusters, from 0 to 1. Default 0.1; 0 never warns. */
  balance?: number;
  /** How many records with features in a row must be below a limit. Default 3. Of clusterings: 2, as the first may be odd. */
  patience?: number;
  /** Go on with a warning, or stop the run. Default `'warn'`. */
  action?: 'warn' | 'stop';
}

/**
 * Watches for features that become all the same (spread), vary along a line only (rank), or fall into one cluster (balance).
 *
 * It looks at `features` of the step records that have them (see `featureStatistics`), and at the figures `balance1`, `balance2`, …
 * that a method reports before an epoch (see `clusterBalance` of `@hcsc/kmeans`). Each figure is told of once, and again after it
 * has recovered.
 *
 * The defaults are for a run that is lost: the first steps, which draw features together until the queue holds keys, stay above them.
 *
 * @throws RangeError if a limit is negative or no number, spread or balance is above 1, `patience` is no integer from 1 on, or
 *   `action` is another.
 *
 * @example
 * ```ts
 * const watch = collapse({ action: 'stop' }).start();
 * for (const { message, stop } of watch(record)) {
 *   if (stop) throw new Error(message);
 *   console.warn(message);
 * }
 * ```
 */
export function collapse({
  spread = 0.02,
  rank = 1.8,
  balance = 0.1,
  patience = 3,
  action = 'warn',
}: CollapseOptions = {}): Monitor {
  const largest = { spread: 1, rank: Number.MAX_VALUE, balance: 1 };
  for (const [name, limit] of Object.entries({ spread, rank, balance })) {
    const most = largest[name as keyof typeof largest];
    if (!(limit >= 0 && limit <= most)) {
      const range = most === 1 ? 'a number from 0 to 1' : 'a finite number of at least 0';
      throw new RangeError(`Cannot watch for a ${name} below ${limit}: give ${range}`);
    }
  }
  if (!(Number.isInteger(patience) && patience >= 1)) {
    throw new RangeError(`Cannot wait for ${patience} records: give an integer of at least 1 as patience`);
  }
  if (action !== 'warn' && action !== 'stop') {
    throw new RangeError(`Cannot ${action} at a collapse: give 'warn' or 'stop' as action`);
  }
  return {
    name: 'collapse',
    options: { spread, rank, balance, patience, action },
    start() {
      const low = new Map<string, { since: string; records: number }>();
      /** The figure's alarm, at the record that makes it low for long enough. */
      const look = (record: Watched, { figure, value, limit, wait, advice }: Look): Alarm[] => {
        if (value >= limit) {
          low.delete(figure);
          return [];
        }
        const { since, records } = low.get(figure) ?? { since: place(record), records: 0 };
        low.set(figure, { since, records: records + 1 });
        if (records + 1 !== wait) return [];
        const message = `${figure} ${short(value)} is below ${limit} since ${since}: ${advice}`;
        return [{ figure, value, limit, message: `Collapse: ${message}`, stop: action === 'stop' }];
      };
      return (record) => looks(record, { spread, rank, balance }, patience).flatMap((figure) => look(record, figure));
    },
  };
}

/** Clusterings in a row that must be below the limit: the first one of a healthy run may be. */
const CLUSTERINGS = 2;

interface Look {
  figure: string;
  value: number;
  limit: number;
  /** Low records in a row that make an alarm. */
  wait: number;
  advice: string;
}

/** The figures that a record has, with their limits. */
function looks(
  { type, features, before = {} }: Watched,
  limits: { spread: number; rank: number; balance: number },
  patience: number,
): Look[] {
  if (type === 'epoch') {
    const advice = 'nearly all images are in one cluster; cluster later, or lower the learning rate';
    return Object.entries(before)
      .filter(([name]) => /^balance\d+$/.test(name))
      .map(([figure, value]) => ({ figure, value, limit: limits.balance, wait: CLUSTERINGS, advice }));
  }
  if (!features) return [];
  const same = 'the features are nearly all the same; lower the learning rate or warm it up, and look at the negatives';
  const line = 'the features vary along a line only; lower the learning rate or warm it up';
  return [
    { figure: 'spread', value: features.spread, limit: limits.spread, wait: patience, advice: same },
    { figure: 'rank', value: features.rank, limit: limits.rank, wait: patience, advice: line },
  ];
}

const place = (record: Watched): string => `${record.type} ${record[record.type]}`;
const short = (value: number): string => String(Number(value.toPrecision(3)));
