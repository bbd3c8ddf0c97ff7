// npm run bench -- imports [--rounds 9] [--quick]
// How long each research package takes to import, beyond the TensorFlow.js packages that it needs: see README.md.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machineCpuSeconds } from './process-usage.js';
import { comparison, median, QUIET, type Row, report } from './results.js';

/** Milliseconds that no import may take beyond TensorFlow.js. */
const TARGET = 50;

const { values: given } = parseArgs({
  options: { rounds: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const rounds = Number(given.rounds ?? (given.quick ? 2 : 9));
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds takes an integer of at least 1, got ${given.rounds}`);

/** Milliseconds of both imports, and of processor time of the whole process. */
interface ImportTimes {
  readonly peers: number;
  readonly own: number;
  readonly processor: number;
}

interface Manifest {
  readonly name: string;
  readonly hcsc: { readonly kind: string };
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const packages = fileURLToPath(new URL('../packages', import.meta.url));
const research = readdirSync(packages)
  .map((folder) => ({
    folder: `${packages}/${folder}`,
    manifest: JSON.parse(readFileSync(`${packages}/${folder}/package.json`, 'utf8')) as Manifest,
  }))
  .filter(({ manifest }) => manifest.hcsc.kind === 'research');

/** Imports the peers, then the package, in a process of its own. */
function importOnce({ folder, manifest }: (typeof research)[number]): ImportTimes {
  const peers = Object.keys(manifest.peerDependencies ?? {});
  const program = `
    const started = performance.now();
    for (const peer of ${JSON.stringify(peers)}) await import(peer);
    const between = performance.now();
    await import('${manifest.name}');
    const [peers, own] = [between - started, performance.now() - between];
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ peers, own, processor: (user + system) / 1000 }));`;
  // From the package's folder, which knows its own name and its peers.
  const args = ['--input-type=module', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }));
}

const times = research.map(() => ({ peers: [] as number[], own: [] as number[] }));
const [started, busyBefore] = [performance.now(), machineCpuSeconds()];
let ofOurs = -process.cpuUsage().user / 1e6;
// One round more, the first, brings the files into the system's memory and does not count.
for (let round = -1; round < rounds; round++) {
  for (let i = 0; i < research.length; i++) {
    const at = (i + round + research.length) % research.length;
    const { peers, own, processor } = importOnce(research[at]!);
    ofOurs += processor / 1000;
    if (round < 0) continue;
    times[at]!.peers.push(peers);
    times[at]!.own.push(own);
  }
}

ofOurs += process.cpuUsage().user / 1e6;
const busyAfter = machineCpuSeconds();
const elapsed = (performance.now() - started) / 1000;
/** The share of the processors that others used. */
const foreign =
  busyBefore === null || busyAfter === null
    ? null
    : Math.max(0, busyAfter - busyBefore - ofOurs) / (elapsed * availableParallelism());
// What a process takes to start and to end is not in its own count, so that more than elsewhere is allowed.
const quiet = foreign === null || foreign <= 3 * QUIET;

const rows = research.map(({ manifest }, i): Row => {
  const { peers, own } = times[i]!;
  const ours = median(own);
  const names = Object.keys(manifest.peerDependencies ?? {}).map((name) => name.replace('@tensorflow/', ''));
  const before = names.length > 0 ? { [names.join(' and ')]: median(peers) } : {};
  return {
    name: `import of ${manifest.name}`,
    unit: 'ms',
    ours,
    peers: before,
    ratio: names.length > 0 ? median(peers) / ours : null,
    spread: [Math.min(...own), Math.max(...own)],
    target: null,
    comparisons: [
      comparison('ms beyond TensorFlow.js', ours, TARGET, { bound: 'most', quiet: quiet || ours <= TARGET }),
    ],
    details: { rounds, foreignProcessor: foreign && Math.round(foreign * 1e3) / 1e3 },
  };
});
report(`imports${given.quick ? '.partial' : ''}`, { node: process.version }, 1, rows);
