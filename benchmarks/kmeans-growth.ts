import { availableParallelism } from 'node:os';
import { type Alternated, alternate, summary } from './alternate-rounds.js';
import { type Clustering, pointsFile } from './point-sets.js';
import { ourPeer, pythonPeer } from './python-peers.js';
import { QUIET, type Row, SETUP, writeResult } from './results.js';

/** What grows, alone; the rest is as in `base`. */
interface Sizes {
  readonly base: { readonly points: number; readonly clusters: number; readonly width: number };
  readonly points: readonly number[];
  readonly clusters: readonly number[];
  readonly width: readonly number[];
}

const full: Sizes = {
  base: { points: 60_000, clusters: 1000, width: 128 },
  points: [15_000, 30_000, 60_000, 120_000],
  clusters: [250, 500, 1000, 2000, 4000],
  width: [32, 64, 128, 256, 512],
};
const cutDown: Sizes = {
  base: { points: 2000, clusters: 50, width: 32 },
  points: [1000, 2000, 4000],
  clusters: [25, 50, 100],
  width: [16, 32, 64],
};
const axes = ['points', 'clusters', 'width'] as const;
const OURS = 'ours, native';

/** The slope b of the line through (log x, log y): y grows like x^b. Null with fewer than two points. */
function slope(pairs: readonly (readonly [number, number])[]): number | null {
  if (pairs.length < 2) return null;
  const logs = pairs.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const [x, y] = [mean(logs.map(([a]) => a)), mean(logs.map(([, b]) => b))];
  const spread = logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
  return logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / spread;
}

function rowOf(size: Sizes['base'], { figures, foreign }: Alternated): Row {
  const seconds = (name: string) => {
    const one = figures[name];
    if (one === undefined || typeof one === 'string') return null;
    return summary({ ...one, rounds: one.rounds.map((speed) => size.points / speed) });
  };
  const [mine, theirs] = [seconds(OURS), seconds('faiss')];
  return {
    name: `k-means, ${size.points} x ${size.width} to ${size.clusters}, 10 iterations, ${OURS}`,
    unit: 's',
    ours: mine?.median ?? null,
    ...(!mine && { missing: String(figures[OURS]) }),
    peers: { faiss: theirs?.median ?? `${SETUP} (${figures.faiss})` },
    against: 'faiss',
    ratio: mine && theirs && theirs.median / mine.median,
    spread: mine?.spread ?? null,
    target: null,
    ...(theirs && { spreads: { faiss: theirs.spread } }),
    details: { ...size, foreignProcessor: foreign && Math.round(foreign * 1e3) / 1e3 },
  };
}

/**
 * Measures how time grows with the points, the clusters and the width, of ours and of faiss; prints a table and writes
 * `results/kmeans-growth.json`. Returns whether all of ours ran.
 */
export async function growth(threads: number, quick: boolean, rounds: number): Promise<boolean> {
  const sizes = quick ? cutDown : full;
  const versions: Record<string, string> = { node: process.version };
  const measured = new Map<string, Row>();
  const rows: Row[] = [];
  for (const axis of axes) {
    const ofAxis: (readonly [number, Row])[] = [];
    console.log(`\n${axis.padEnd(9)}${'ours, s'.padStart(9)}${'faiss, s'.padStart(10)}${'ratio'.padStart(7)}`);
    for (const value of sizes[axis]) {
      const size = { ...sizes.base, [axis]: value };
      const key = JSON.stringify(size);
      let row = measured.get(key);
      if (!row) {
        const alternated = await measure(size, sizes.base.clusters / 2, { threads, rounds, quick });
        for (const [name, one] of Object.entries(alternated.figures))
          if (typeof one !== 'string') versions[name] = one.version;
        row = rowOf(size, alternated);
        measured.set(key, row);
        rows.push(row);
      }
      ofAxis.push([value, row]);
      console.log(line(value, row));
    }
    const fitted = (of: (row: Row) => unknown) =>
      slope(ofAxis.flatMap(([value, row]) => (typeof of(row) === 'number' ? [[value, of(row) as number]] : [])));
    const [mine, theirs] = [fitted(({ ours }) => ours), fitted(({ peers }) => peers.faiss)];
    console.log(`time ~ ${axis}^b, b =${(mine?.toFixed(2) ?? '?').padStart(6)} (faiss ${theirs?.toFixed(2) ?? '?'})`);
    rows.push({
      name: `k-means, exponent of growth with ${axis}`,
      unit: '',
      ours: mine,
      ...(mine === null && { missing: 'fewer than two sizes ran' }),
      peers: { faiss: theirs ?? SETUP },
      ratio: null,
      spread: null,
      target: null,
      details: { sizes: sizes[axis] },
    });
  }
  writeResult(`kmeans-growth${quick ? '.partial' : ''}`, versions, threads, rows);
  return rows.every(({ ours }) => ours !== null);
}

function measure(
  { points, width, clusters }: Sizes['base'],
  components: number,
  { threads, rounds, quick }: { threads: number; rounds: number; quick: boolean },
): Promise<Alternated> {
  const steps = quick ? 3 : 1;
  const runs = { iterations: 10, restarts: 1, rounds, target: null };
  const clustering: Clustering = { id: 'growth', points, width, clusters: [clusters], components, ...runs };
  const args = [JSON.stringify(clustering), pointsFile(clustering), threads];
  const commands = {
    [OURS]: ourPeer('ours-kmeans.ts', [...args, 'native']),
    faiss: pythonPeer('pip', 'kmeans.py', [...args, 'faiss'], threads),
  };
  const cores = availableParallelism();
  return alternate(commands, { rounds, seconds: 1, cores, batch: points, steps, fromStart: true });
}

function line(value: number, { ours, peers, ratio, details, missing }: Row): string {
  const seconds = (of: unknown) => (typeof of === 'number' ? of.toFixed(3) : '-');
  const busy = Number(details?.foreignProcessor) > QUIET ? '  others used the processors' : '';
  const figures = `${seconds(ours).padStart(9)}${seconds(peers.faiss).padStart(10)}${(ratio?.toFixed(2) ?? '-').padStart(7)}`;
  return `${String(value).padEnd(9)}${figures}${busy}${missing ? `  ${missing}` : ''}`;
}
