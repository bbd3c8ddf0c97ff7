/** What a condition's figures are beside those of the one it is compared with, in pairs of equal seeds. */
export interface AblationComparison {
  /** Pairs. */
  readonly n: number;
  /** The mean of this condition's figures minus the other's. */
  readonly difference: number;
  /** 95 % of such intervals hold the true difference; null for one pair. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Of a sign-flip test; null if it was not made. */
  readonly p: number | null;
  /** Pairs in which this condition is above, and in which both are equal. */
  readonly wins: number;
  readonly ties: number;
}

/** One condition of an ablation under one metric; null stands for what is not there (yet). */
export interface AblationRow {
  /** Its value of each factor. */
  readonly levels: readonly string[];
  /** One a seed. */
  readonly values: readonly (number | null)[];
  readonly mean: number | null;
  /** The sample's, over the seeds. */
  readonly standardDeviation: number | null;
  /** The row that this one is compared with; its own place if it is a baseline. */
  readonly baseline: number;
  /** Null for a baseline, and without a pair. */
  readonly comparison: AblationComparison | null;
}

/** All conditions under one metric. */
export interface AblationMetricTable {
  readonly name: string;
  /** `'percent'` shows shares between 0 and 1 as per cent, their differences as points; `'number'` values as they are. */
  readonly format: 'percent' | 'number';
  readonly rows: readonly AblationRow[];
}

/** One metric's differences to the baseline beside another metric's figures: each names one. */
export interface AblationGain {
  readonly of: string;
  readonly by: string;
}

/** What an ablation has found, as plain JSON. */
export interface AblationReport {
  readonly title: string;
  readonly subtitle?: string;
  /** Label and value: backend, number of runs, time. */
  readonly facts: readonly (readonly [label: string, value: string | number])[];
  /** Names of the factors. */
  readonly factors: readonly string[];
  readonly seeds: readonly number[];
  readonly metrics: readonly AblationMetricTable[];
  /** Metrics that are drawn beside each other. */
  readonly gains?: readonly AblationGain[];
  /** Sentences that its reader must know: what is missing, what differs beside the factors. */
  readonly notes: readonly string[];
}

function checkRow(where: string, row: AblationRow, { factors, seeds }: AblationReport, rows: number): void {
  if (row.levels.length !== factors.length) {
    throw new RangeError(`${where} has ${row.levels.length} levels for ${factors.length} factors: give one a factor`);
  }
  if (row.values.length !== seeds.length) {
    throw new RangeError(
      `${where} has ${row.values.length} values for ${seeds.length} seeds: give one a seed, null where there is none`,
    );
  }
  const odd = row.values.find((value) => value !== null && !Number.isFinite(value));
  if (odd !== undefined) throw new RangeError(`${where} has a value ${odd}: every one must be finite, or null`);
  if (!Number.isInteger(row.baseline) || row.baseline < 0 || row.baseline >= rows) {
    throw new RangeError(`${where} is compared with row ${row.baseline} of ${rows}: give one that is there`);
  }
}

/** Refuses what cannot be shown honestly. */
export function checkAblationReport(report: AblationReport): void {
  if (report.title.trim() === '') throw new RangeError('A report needs a title, got an empty one');
  for (const { name, rows } of report.metrics) {
    rows.forEach((row, i) => {
      checkRow(`Row ${i} of ${name}`, row, report, rows.length);
    });
  }
  const names = report.metrics.map(({ name }) => name);
  for (const name of (report.gains ?? []).flatMap(({ of, by }) => [of, by])) {
    if (!names.includes(name))
      throw new RangeError(`A gain is of ${name}: there are ${names.join(', ') || 'no metrics'}`);
  }
}
