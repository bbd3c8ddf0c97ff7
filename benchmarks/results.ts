import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One figure of ours beside the same of the peers. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** Medians by peer; a string says how to install one that is missing. */
  readonly peers: Readonly<Record<string, number | string>>;
  /** Ours against the fastest peer, above 1 = ours is better; null if there is none. */
  readonly ratio: number | null;
  /** Smallest and largest round of ours. */
  readonly spread: readonly [number, number];
  readonly target: number | null;
}

/** The middle value; of an even count the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Writes `benchmarks/results/<name>.json` and prints the rows. */
export function report(name: string, versions: Record<string, string>, threads: number, rows: readonly Row[]): void {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: loadavg().map((load) => Math.round(load * 100) / 100),
  };
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const result = { name, date: new Date().toISOString(), machine, versions, threads, rows };
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
  for (const { name: row, unit, ours, peers, ratio, spread } of rows) {
    const others = Object.entries(peers).map(
      ([peer, value]) => `${peer} ${typeof value === 'number' ? value.toFixed(0) : value}`,
    );
    const against = ratio === null ? '' : `, ratio ${ratio.toFixed(2)}`;
    console.log(
      `${row}: ${ours.toFixed(0)} ${unit} (${spread.map((x) => x.toFixed(0)).join('–')}); ${others.join('; ')}${against}`,
    );
  }
}
