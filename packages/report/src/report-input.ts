import type { ReportNeighbours } from './neighbours/report-neighbours.js';
import type { ReportPairs } from './pairs/pairs-section.js';
import type { PrototypeTree } from './prototype-tree.js';
import type { ViewRow } from './view-row.js';

/** One line of a curve: `y` over `x`. */
export interface CurveSeries {
  readonly name: string;
  /** Ascending, finite. */
  readonly x: readonly number[];
  /** As many as `x`; a value that is not finite leaves a gap. */
  readonly y: readonly number[];
}

/** A figure with one or more lines over a common axis. */
export interface Curve {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel?: string;
  /** What the y axis covers at least: `[0, 1]` for shares, say. Default: what the lines do. */
  readonly yRange?: readonly [low: number, high: number];
  readonly series: readonly CurveSeries[];
  /** Upright lines, for example where the warm-up ends; those outside the data are left out. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
}

/** One row of the table of results. */
export interface ResultRow {
  readonly name: string;
  /** One a column; `NaN` where it was not measured. */
  readonly values: readonly number[];
  /** A few words under the name. */
  readonly note?: string;
  /** Sets the row off, for the one the report is about. */
  readonly highlight?: boolean;
}

/** The table of results. */
export interface Results {
  /** Headings of the values, for example `['kNN top-1', 'Linear top-1']`. */
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
  /** `'percent'` (default) shows shares between 0 and 1 as per cent, `'number'` the values as they are. */
  readonly format?: 'percent' | 'number';
}

/** Images and what the network is shown of them. */
export interface ReportViews {
  /** Every row with as many views as the first. */
  readonly rows: readonly ViewRow[];
  /** Captions of the views' columns, one a view. Default `View 1`, `View 2`, … */
  readonly labels?: readonly string[];
}

/** Everything a report shows. */
export interface ReportInput {
  readonly title: string;
  readonly subtitle?: string;
  /** Label and value: backend, seed, time. */
  readonly facts: readonly (readonly [label: string, value: string | number])[];
  /** What looked wrong in training, a sentence each; listed after the results. */
  readonly warnings?: readonly string[];
  readonly results: Results;
  readonly curves: readonly Curve[];
  readonly views?: ReportViews;
  /** What it was trained on besides the images. */
  readonly pairs?: ReportPairs;
  /** What is nearest to some images under the features that it has learnt. */
  readonly neighbours?: ReportNeighbours;
  readonly tree?: PrototypeTree;
  /** Paragraphs at the end. */
  readonly notes?: readonly string[];
}
