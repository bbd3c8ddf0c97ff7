import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Rounds that a result needs. */
export const FULL = 5;
/** The share of the processors that others may use; above it a speed is no figure to rely on, PyTorch's least of all. */
export const QUIET = 0.03;
/** What installs a peer that is missing. */
export const SETUP = 'npm run bench -- setup';

/** One figure of ours beside the same of the peers. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Null if ours did not run; then `missing` says why. */
  readonly ours: number | null;
  readonly missing?: string;
  /** Medians by peer; a string says how to install one that is missing. */
  readonly peers: Readonly<Record<string, number | string>>;
  /** What `ratio` compares with, where that is not the fastest of all peers. */
  readonly against?: string;
  /** Ours against the fastest peer, above 1 = ours is better; null if there is none. */
  readonly ratio: number | null;
  /** Smallest and largest round of ours. */
  readonly spread: readonly [number, number] | null;
  readonly target: number | null;
  /** Smallest and largest round of each peer. */
  readonly spreads?: Readonly<Record<string, readonly [number, number]>>;
  /** Further comparisons of the same row, each with a target of its own. */
  readonly comparisons?: readonly Comparison[];
  /** Whatever else belongs to the row. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** One thing that a row is held to. */
export interface Comparison {
  readonly name: string;
  readonly ratio: number | null;
  readonly target: number;
  /** Whether the ratio must be no less than the target, or no more. */
  readonly bound: 'least' | 'most';
  /** Null if it cannot be told: no ratio, or a machine that was busy with other things. */
  readonly met: boolean | null;
}

/** A comparison, and whether it is met. */
export function comparison(
  name: string,
  ratio: number | null,
  target: number,
  { bound = 'least', quiet = true }: { bound?: Comparison['bound']; quiet?: boolean } = {},
): Comparison {
  const met = bound === 'least' ? Number(ratio) >= target : Number(ratio) <= target;
  return { name, ratio, target, bound, met: ratio === null || !quiet ? null : met };
}

/** The middle value; of an even count the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The load that was there before the benchmark brought its own. */
const loadBefore = loadavg();

/** Prints the rows and writes `benchmarks/results/<name>.json`. */
export function report(name: string, versions: Record<string, string>, threads: number, rows: readonly Row[]): void {
  for (const row of rows) console.log(describe(row));
  writeResult(name, versions, threads, rows);
}

/** Writes `benchmarks/results/<name>.json`. */
export function writeResult(
  name: string,
  versions: Record<string, string>,
  threads: number,
  rows: readonly Row[],
): void {
  const rounded = (loads: readonly number[]) => loads.map((load) => Math.round(load * 100) / 100);
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: rounded(loadBefore),
    loadAfter: rounded(loadavg()),
  };
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const result = { name, date: new Date().toISOString(), machine, versions, threads, rows };
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`Written: benchmarks/results/${name}.json`);
}

function describe({
  name,
  unit,
  ours,
  missing,
  peers,
  against,
  ratio,
  spread,
  spreads,
  target,
  comparisons = [],
}: Row) {
  const number = (value: number) => (value < 1 ? value.toPrecision(2) : value.toFixed(value < 100 ? 1 : 0));
  const range = (of?: readonly [number, number] | null) => (of ? ` (${of.map(number).join('–')})` : '');
  const others = Object.entries(peers).map(
    ([peer, value]) =>
      `  ${peer}: ${typeof value === 'number' ? `${number(value)}${range(spreads?.[peer])}` : `missing: ${value}`}`,
  );
  const held = comparisons.map(
    (one) =>
      `  ${one.name}: ${one.ratio === null ? 'unknown' : one.ratio.toFixed(2)}, target at ${one.bound} ${one.target}${one.met === null ? ', not judged' : one.met ? '' : ', missed'}`,
  );
  const first = ours === null ? `missing: ${missing}` : `${number(ours)}${range(spread)}`;
  const main =
    ratio === null || comparisons.length > 0
      ? []
      : [`  against ${against ?? 'the fastest'}: ${ratio.toFixed(2)}${target === null ? '' : `, target ${target}`}`];
  return [`${name}, ${unit}`, `  ours: ${first}`, ...others, ...main, ...held].join('\n');
}
