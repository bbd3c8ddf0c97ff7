// npm run bench -- kmeans [--row a|b|c|d|a-cut|warm] [--growth] [--rounds n] [--seconds 2] [--backend native|wasm] [--quick]
// k-means, ours against faiss, scikit-learn and ml-kmeans: see README.md.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Alternated, alternate, type Figures, summary } from './alternate-rounds.js';
import { growth } from './kmeans-growth.js';
import { warmRow } from './kmeans-warm.js';
import type { PeerCommand } from './peer.js';
import { type Clustering, clusterings, cutDown, pointsFile } from './point-sets.js';
import { ourPeer, pythonPeer } from './python-peers.js';
import { type Comparison, comparison, QUIET, type Row, report, SETUP } from './results.js';

const THREADS = 2;
const NATIVE = 'ours, native';
const WASM = 'ours, wasm';

const { values: given } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    backend: { type: 'string' },
    growth: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const seconds = Number(given.seconds ?? (given.quick ? 0.2 : 2));
const { backend } = given;
if (!(Number(given.rounds ?? 1) >= 1 && seconds > 0))
  throw new RangeError('--rounds and --seconds take numbers above 0');
if (backend && backend !== 'native' && backend !== 'wasm') {
  throw new RangeError(`--backend takes native or wasm, got ${backend}`);
}
const ids = [...clusterings.map(({ id }) => id), 'warm'];
const unknown = given.row?.find((id) => !ids.includes(id));
if (unknown) throw new RangeError(`--row takes ${ids.join(', ')}, got ${unknown}`);
if (given.growth && (given.row || backend)) throw new RangeError('--growth goes without --row and --backend');
if (given.growth) {
  const ran = await growth(THREADS, given.quick, Math.ceil(Number(given.rounds ?? (given.quick ? 2 : 3))));
  process.exit(ran ? 0 : 1);
}

/** All that cluster the same points; ml-kmeans is too slow for the large rows, and wasm is compared with it alone. */
function participants(clustering: Clustering): Record<string, PeerCommand> {
  const args = [JSON.stringify(clustering), pointsFile(clustering)];
  const ours = (how: string, threads: number) => ourPeer('ours-kmeans.ts', [...args, threads, how]);
  const python = (kind: 'pip' | 'debian', name: string) =>
    pythonPeer(kind, 'kmeans.py', [...args, THREADS, name], THREADS);
  const { id, target } = clustering;
  return {
    ...(target !== null &&
      backend !== 'wasm' && {
        [NATIVE]: ours('native', THREADS),
        faiss: python('pip', 'faiss'),
        'faiss-super': python('pip', 'faiss-super'),
        'scikit-learn': python('debian', 'sklearn'),
      }),
    ...((id === 'd' || id === 'a-cut') &&
      backend !== 'native' && { [WASM]: ours('wasm', 1), 'ml-kmeans': ours('ml-kmeans', 1) }),
  };
}

const versions: Record<string, string> = { node: process.version };

function rowOf(clustering: Clustering, rounds: number, { figures, foreign }: Alternated): Row {
  const { id, points, width, clusters, iterations, restarts, target, memory: mostMemory } = clustering;
  const measured = Object.entries(figures)
    .filter((entry): entry is [string, Figures] => typeof entry[1] !== 'string')
    .map(([name, one]) => [name, { ...one, rounds: one.rounds.map((speed) => points / speed) }] as const);
  for (const [name, { version }] of measured) versions[name] = version;
  const of = (name: string) => measured.find(([other]) => other === name)?.[1];
  const faster = (name: string, peer: string) => {
    const [one, other] = [of(name), of(peer)];
    return one && other ? summary(other).median / summary(one).median : null;
  };
  const difference = (name: string, peer: string) => {
    const [one, other] = [of(name), of(peer)];
    return one && other ? (100 * Math.abs(one.loss - other.loss)) / other.loss : null;
  };
  const above = ({ memory, memoryAtStart }: Figures) =>
    memory === null || memoryAtStart === null ? null : memory - memoryAtStart;
  const quiet = foreign === null || foreign <= QUIET;
  const held = (name: string, peer: string, least: number): Comparison[] => [
    comparison(`${name}, times as fast as ${peer}`, faster(name, peer), least, { quiet }),
    comparison(`${name}, objective off that of ${peer}, per cent`, difference(name, peer), 0.1, { bound: 'most' }),
  ];
  const main = NATIVE in figures ? NATIVE : WASM;
  const mine = of(main);
  const comparisons = [
    ...(NATIVE in figures ? held(NATIVE, 'faiss', target!) : []),
    ...(WASM in figures ? held(WASM, 'ml-kmeans', 5) : []),
    ...(mostMemory === undefined
      ? []
      : [comparison('peak memory above the points, MiB', mine ? above(mine) : null, mostMemory, { bound: 'most' })]),
  ];
  const each = <T>(value: (figures: Figures) => T) =>
    Object.fromEntries(measured.map(([name, one]) => [name, value(one)]));
  const peers = Object.entries(figures)
    .filter(([name]) => name !== main)
    .map(([name, value]): [string, number | string] => {
      const one = of(name);
      if (one) return [name, summary(one).median];
      return [name, name.startsWith('faiss') || name === 'scikit-learn' ? `${SETUP} (${value})` : String(value)];
    });
  const runs = restarts > 1 ? `, ${restarts} runs` : '';
  return {
    name: `k-means, ${points} x ${width} to ${clusters.join(', ')}, ${iterations} iterations${runs}, ${main}`,
    unit: 's',
    ours: mine ? summary(mine).median : null,
    ...(!mine && { missing: String(figures[main]) }),
    peers: Object.fromEntries(peers),
    against: main === NATIVE ? 'faiss' : 'ml-kmeans',
    ratio: comparisons[0]!.ratio,
    spread: mine ? summary(mine).spread : null,
    target: comparisons[0]!.target,
    spreads: Object.fromEntries(
      measured.filter(([name]) => name !== main).map(([name, one]) => [name, summary(one).spread]),
    ),
    comparisons,
    details: {
      id,
      rounds,
      clusteringsPerRound: each(({ steps }) => steps),
      meanSquaredDistance: each(({ loss }) => loss),
      memoryAtStartMiB: each(({ memoryAtStart }) => memoryAtStart && Math.round(memoryAtStart)),
      memoryAboveStartMiB: each((one) => above(one) && Math.round(above(one)!)),
      idleProcessor: each(({ idle }) => idle && Math.round(idle * 1e4) / 1e4),
      foreignProcessor: foreign && Math.round(foreign * 1e3) / 1e3,
    },
  };
}

const rows: Row[] = [];
for (const full of clusterings) {
  if (given.row && !given.row.includes(full.id)) continue;
  const clustering = given.quick ? cutDown(full) : full;
  const commands = participants(clustering);
  if (Object.keys(commands).length === 0) continue;
  const rounds = Math.ceil(Number(given.rounds ?? clustering.rounds));
  console.log(`Row ${full.id}: ${rounds} rounds …`);
  const { points: batch, steps } = clustering;
  const cores = availableParallelism();
  const alternated = await alternate(commands, { rounds, seconds, cores, batch, steps, fromStart: true });
  rows.push(rowOf(clustering, rounds, alternated));
  const { foreign } = alternated;
  if (foreign !== null && foreign > QUIET) {
    console.log(`  Others used ${(foreign * 100).toFixed(0)} % of the processors: these are no figures to rely on`);
  }
}
if ((!given.row || given.row.includes('warm')) && backend !== 'wasm') {
  console.log('Row warm …');
  const recipe = clusterings.find(({ id }) => id === 'b')!;
  const clustering = given.quick ? { ...cutDown(recipe), iterations: 10 } : recipe;
  rows.push(await warmRow(clustering, THREADS, Math.ceil(Number(given.rounds ?? clustering.rounds))));
}
if (rows.length === 0) throw new RangeError(`No row of ${given.row?.join(', ')} is for ${backend}`);
const whole = !given.row && !given.quick && !given.rounds && !backend;
report(`kmeans${whole ? '' : '.partial'}`, versions, THREADS, rows);
if (rows.some(({ ours }) => ours === null)) process.exitCode = 1;
