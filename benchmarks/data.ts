// npm run bench -- data [--row a|b|c] [--rounds 5] [--seconds 3] [--quick]
// Loading images and making views, ours against torchvision: see README.md.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRuntime } from '@hcsc/runtime';
import { applySettings, pretrain } from '@hcsc/train';
import recipe from '../examples/hcsc/recipe.js';
import { alternate, type Figures, summary } from './alternate-rounds.js';
import { type DataSetToLoad, dataSets, makePhotos } from './data-sets.js';
import { ourPeer, pythonPeer } from './python-peers.js';
import { comparison, FULL, median, QUIET, type Row, report, SETUP } from './results.js';

const WORKERS = 2;
const OURS = 'ours, workers';

const { values: given } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 2 : FULL));
const seconds = Number(given.seconds ?? (given.quick ? 0.5 : 3));
if (!(rounds >= 1 && seconds > 0)) throw new RangeError('--rounds and --seconds take numbers above 0');
const ids = given.row ?? [...dataSets.map(({ id }) => id), 'c'];
const unknown = ids.find((id) => id !== 'c' && !dataSets.some((set) => set.id === id));
if (unknown) throw new RangeError(`--row takes ${dataSets.map(({ id }) => id).join(', ')} and c, got ${unknown}`);

const versions: Record<string, string> = { node: process.version };

/** Two MoCo v2 views of each image, as tensors that training can take. */
async function viewsRow(set: DataSetToLoad): Promise<Row> {
  console.log(`${set.name}: ${rounds} rounds …`);
  const problem = typeof set.images === 'string' ? makePhotos() : null;
  const json = JSON.stringify(set);
  const commands = {
    [OURS]: ourPeer('ours-data.ts', [json, WORKERS, 'workers']),
    ...(typeof set.images === 'number' && { 'ours, device': ourPeer('ours-data.ts', [json, WORKERS, 'device']) }),
    torchvision: pythonPeer('debian', 'torchvision_data.py', [json, WORKERS], 1),
  };
  const { figures, foreign } = problem
    ? { figures: Object.fromEntries(Object.keys(commands).map((name) => [name, problem])), foreign: null }
    : await alternate(commands, { rounds, seconds, cores: availableParallelism(), batch: set.batch });
  const measured = Object.entries(figures).filter((entry): entry is [string, Figures] => typeof entry[1] !== 'string');
  for (const [name, { version }] of measured) versions[name] = version;
  const of = (name: string) => measured.find(([other]) => other === name)?.[1];
  const mine = of(OURS);
  const ours = mine ? summary(mine) : null;
  const peer = of('torchvision');
  const ratio = ours && peer ? ours.median / summary(peer).median : null;
  const quiet = foreign === null || foreign <= QUIET;
  return {
    name: `Two MoCo v2 views, ${set.name}, ${WORKERS} workers`,
    unit: 'images/s',
    ours: ours?.median ?? null,
    ...(!mine && { missing: String(figures[OURS]) }),
    peers: Object.fromEntries(
      Object.entries(figures)
        .filter(([name]) => name !== OURS)
        .map(([name, value]) => [name, typeof value === 'string' ? `${SETUP} (${value})` : summary(value).median]),
    ),
    against: 'torchvision',
    ratio,
    spread: ours?.spread ?? null,
    target: set.target,
    spreads: Object.fromEntries(
      measured.filter(([name]) => name !== OURS).map(([name, f]) => [name, summary(f).spread]),
    ),
    comparisons: [comparison('against torchvision', ratio, set.target, { quiet })],
    details: {
      id: set.id,
      rounds,
      batchesPerRound: Object.fromEntries(measured.map(([name, { steps }]) => [name, steps])),
      meanOfViews: Object.fromEntries(measured.map(([name, { loss }]) => [name, loss])),
      foreignProcessor: foreign && Math.round(foreign * 1e3) / 1e3,
    },
  };
}

/** How long a step of the default recipe waits for its images, after the first epoch. */
async function waitingRow(): Promise<Row> {
  const epochs = given.quick ? 2 : 4;
  console.log(`The default recipe: ${epochs} epochs …`);
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-bench-'));
  const runtime = await startRuntime({ backend: 'native', threads: 2, log: () => {} });
  try {
    const { method } = await pretrain(applySettings(recipe, { epochs: String(epochs) }), { folder });
    method.dispose();
    const shares = readFileSync(join(folder, 'log.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { type: string; epoch: number; time: { steps: number; waiting: number } })
      .filter(({ type, epoch }) => type === 'epoch' && epoch > 0)
      .map(({ time }) => (100 * time.waiting) / time.steps);
    const share = median(shares);
    return {
      name: 'Share of the steps of the default recipe that is spent waiting for images',
      unit: '%',
      ours: share,
      peers: {},
      ratio: null,
      spread: [Math.min(...shares), Math.max(...shares)],
      target: null,
      comparisons: [comparison('per cent', share, 3, { bound: 'most' })],
      details: { id: 'c', epochs: shares.length },
    };
  } finally {
    runtime.stop();
    rmSync(folder, { recursive: true });
  }
}

const rows: Row[] = [];
for (const set of dataSets) if (ids.includes(set.id)) rows.push(await viewsRow(set));
if (ids.includes('c')) rows.push(await waitingRow());
const whole = !given.row && !given.quick && rounds >= FULL;
report(`data${whole ? '' : '.partial'}`, versions, WORKERS, rows);
if (rows.some(({ ours }) => ours === null)) process.exitCode = 1;
