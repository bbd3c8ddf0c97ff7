// npm run bench -- mining [--row a|dense|closest|large] [--rounds n] [--quick]
// Mining semantic positive pairs, ours against NumPy and PyTorch: see README.md.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Alternated, alternate, type Figures, summary } from './alternate-rounds.js';
import { cutDown, featuresFile, type Mining, minings } from './mining-sets.js';
import { type PeerCommand, startPeer } from './peer.js';
import { ourPeer, pythonPeer } from './python-peers.js';
import { comparison, QUIET, type Row, report, SETUP } from './results.js';

const THREADS = 2;
const OURS = 'ours, native';
const PEERS = ['numpy', 'torch'];

const { values: given } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
if (!(Number(given.rounds ?? 1) >= 1)) throw new RangeError('--rounds takes a number of at least 1');
const ids = minings.map(({ id }) => id);
const unknown = given.row?.find((id) => !ids.includes(id));
if (unknown) throw new RangeError(`--row takes ${ids.join(', ')}, got ${unknown}`);

const versions: Record<string, string> = { node: process.version };

function participants(mining: Mining): Record<string, PeerCommand> {
  const args = [JSON.stringify(mining), featuresFile(mining), THREADS];
  const python = (name: string) => [name, pythonPeer('pip', 'mining.py', [...args, name], THREADS)] as const;
  const ours = { [OURS]: ourPeer('ours-mining.ts', args) };
  return !mining.peers ? ours : { ...ours, ...Object.fromEntries(PEERS.map(python)) };
}

const describe = ({ images, width, lower, upper, closest }: Mining) =>
  `semantic pairs, ${images} x ${width}, ${closest ? `the ${closest} most similar` : `from ${lower}`} to ${upper}`;

function rowOf(mining: Mining, rounds: number, { figures, foreign }: Alternated): Row {
  const measured = Object.entries(figures)
    .filter((entry): entry is [string, Figures] => typeof entry[1] !== 'string')
    .map(([name, one]) => [name, { ...one, rounds: one.rounds.map((speed) => mining.images / speed) }] as const);
  for (const [name, { version }] of measured) versions[name] = version;
  const mine = measured.find(([name]) => name === OURS)?.[1];
  const others = measured.filter(([name]) => name !== OURS);
  const fastest = Math.min(...others.map(([, one]) => summary(one).median));
  const ratio = mine && others.length > 0 ? fastest / summary(mine).median : null;
  const off = mine && Math.max(...others.map(([, { loss }]) => (100 * Math.abs(mine.loss - loss)) / loss));
  const each = <T>(value: (figures: Figures) => T) =>
    Object.fromEntries(measured.map(([name, one]) => [name, value(one)]));
  const quiet = foreign === null || foreign <= QUIET;
  const missing = (name: string) => `${SETUP} (${figures[name]})`;
  const peers = Object.keys(figures).filter((name) => name !== OURS);
  return {
    name: `${describe(mining)}, ${OURS}`,
    unit: 's',
    ours: mine ? summary(mine).median : null,
    ...(!mine && { missing: String(figures[OURS]) }),
    peers: Object.fromEntries(
      peers.map((name) => {
        const one = others.find(([other]) => other === name)?.[1];
        return [name, one ? summary(one).median : missing(name)];
      }),
    ),
    ratio,
    spread: mine ? summary(mine).spread : null,
    target: mining.target,
    spreads: Object.fromEntries(others.map(([name, one]) => [name, summary(one).spread])),
    ...(mining.peers && {
      comparisons: [
        ...(mining.target === null
          ? []
          : [comparison('times as fast as the fastest peer', ratio, mining.target, { quiet })]),
        comparison('pairs found, off those of a peer, per cent', ratio === null ? null : off!, 0.1, { bound: 'most' }),
      ],
    }),
    details: {
      id: mining.id,
      rounds,
      pairs: each(({ loss }) => loss),
      peakMemoryMiB: each(({ memory }) => memory && Math.round(memory)),
      foreignProcessor: foreign && Math.round(foreign * 1e3) / 1e3,
    },
  };
}

/** Mines once, in a process that does nothing else, and looks at the most memory that was resident. */
async function memoryRow(mining: Mining): Promise<Row> {
  const peer = await startPeer(participants(mining)[OURS]!);
  const shared = {
    name: `${describe(mining)}, ${OURS}`,
    unit: 's',
    peers: {},
    ratio: null,
    spread: null,
    target: null,
  };
  if (typeof peer === 'string') return { ...shared, ours: null, missing: peer };
  try {
    const { imagesPerSecond, loss } = await peer.round(1);
    versions[OURS] = peer.version;
    const peak = peer.peakMemory();
    const held = comparison('peak memory of the process, MiB', peak, mining.memory!, { bound: 'most' });
    const details = { id: mining.id, pairs: loss, peakMemoryMiB: peak && Math.round(peak) };
    return { ...shared, ours: mining.images / imagesPerSecond, comparisons: [held], details };
  } finally {
    await peer.stop();
  }
}

const rows: Row[] = [];
for (const full of minings) {
  if (given.row && !given.row.includes(full.id)) continue;
  const mining = given.quick ? cutDown(full) : full;
  const rounds = Math.ceil(Number(given.rounds ?? mining.rounds));
  console.log(`Row ${full.id}: ${mining.memory ? 'once' : `${rounds} rounds`} …`);
  if (mining.memory) {
    rows.push(await memoryRow(mining));
    continue;
  }
  const options = { rounds, seconds: 1, cores: availableParallelism(), batch: mining.images, steps: 1 };
  const alternated = await alternate(participants(mining), options);
  rows.push(rowOf(mining, rounds, alternated));
  const { foreign } = alternated;
  if (foreign !== null && foreign > QUIET) {
    console.log(`  Others used ${(foreign * 100).toFixed(0)} % of the processors: these are no figures to rely on`);
  }
}
const whole = !given.row && !given.quick && !given.rounds;
report(`mining${whole ? '' : '.partial'}`, versions, THREADS, rows);
if (rows.some(({ ours }) => ours === null)) process.exitCode = 1;
