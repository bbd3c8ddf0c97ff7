// npm run bench -- train [--row a16] [--rounds 5] [--seconds 2] [--backend native|wasm] [--peers a,b] [--quick]
// One MoCo v2 step, ours against PyTorch and Python TensorFlow: see README.md.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Alternated, alternate, type Figures, summary } from './alternate-rounds.js';
import type { PeerCommand } from './peer.js';
import { ourPeer, pythonPeer } from './python-peers.js';
import { comparison, FULL, QUIET, type Row, report, SETUP } from './results.js';
import { type TrainModel, trainModels } from './train-models.js';

const { values: given } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    backend: { type: 'string', default: 'native' },
    peers: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
function positive(option: string, value: number | string): number {
  const number = Number(value);
  if (!(number > 0)) throw new RangeError(`--${option} takes a number above 0, got ${value}`);
  return option === 'rounds' ? Math.ceil(number) : number;
}

const wasm = given.backend === 'wasm';
if (!wasm && given.backend !== 'native') throw new RangeError(`--backend takes native or wasm, got ${given.backend}`);
const threads = wasm ? 1 : 2;
const rounds = positive('rounds', given.rounds ?? (given.quick ? 2 : FULL));
const seconds = positive('seconds', given.seconds ?? (given.quick ? 0.5 : 2));
const ids = given.row ?? (wasm || given.quick ? ['a16'] : trainModels.map(({ id }) => id));
const models = ids.map((id) => {
  const found = trainModels.find((model) => model.id === id);
  if (!found) throw new RangeError(`--row takes ${trainModels.map((model) => model.id).join(', ')}, got ${id}`);
  return found;
});

const PYTORCH = ['pytorch', 'pytorch-debian'] as const;
const OURS = wasm ? 'ours' : 'ours, compiled';

/** All that run in a row, ours first. */
function participants(model: TrainModel): Record<string, PeerCommand> {
  const json = JSON.stringify(model);
  const ours = (mode: string) => ourPeer('ours.ts', [json, threads, mode, given.backend]);
  const python = (kind: 'pip' | 'debian', script: string, ...more: string[]) =>
    pythonPeer(kind, script, [json, threads, ...more], threads);
  const all: Record<string, PeerCommand> = {
    [OURS]: ours(wasm ? 'eager' : 'compiled'),
    // Beside ResNet-50 there may be no memory for another one.
    ...(!wasm && { 'ours, eager': { ...ours('eager'), ...(model.id === 'c' && { onlyWithout: OURS }) } }),
    pytorch: python('pip', 'torch_moco.py'),
    ...(!wasm && { 'pytorch-channels-last': python('pip', 'torch_moco.py', 'channels-last') }),
    'pytorch-debian': python('debian', 'torch_moco.py'),
    ...(!wasm && {
      'tensorflow-function': python('pip', 'tensorflow_moco.py', 'function'),
      'tensorflow-eager': python('pip', 'tensorflow_moco.py', 'eager'),
    }),
  };
  const wanted = given.peers?.split(',');
  const unknown = wanted?.find((name) => !(name in all));
  if (unknown !== undefined) throw new RangeError(`--peers takes ${Object.keys(all).join(', ')}, got ${unknown}`);
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => name.startsWith('ours') || !wanted || wanted.includes(name)),
  );
}

const versions: Record<string, string> = { node: process.version };

function rowOf(model: TrainModel, { figures, foreign }: Alternated): Row {
  const measured = Object.entries(figures).filter((entry): entry is [string, Figures] => typeof entry[1] !== 'string');
  for (const [name, { version }] of measured) versions[name] = version;
  const counts = new Set(measured.map(([, { parameters }]) => parameters));
  if (counts.size > 1) {
    const list = measured.map(([name, { parameters }]) => `${name} ${parameters}`).join(', ');
    throw new Error(`${model.name}: the models differ in their number of parameters: ${list}`);
  }
  const losses = measured.map(([, { loss }]) => loss);
  if (Math.max(...losses) > 1.25 * Math.min(...losses)) {
    const list = measured.map(([name, { loss }]) => `${name} ${loss.toFixed(2)}`).join(', ');
    throw new Error(`${model.name}: the losses after three steps differ, so the steps are not the same: ${list}`);
  }
  const of = (name: string) => measured.find(([other]) => other === name)?.[1];
  const speed = (name: string) => {
    const found = of(name);
    return found ? summary(found).median : null;
  };
  const compiled = of(OURS);
  const mine = compiled ?? of('ours, eager');
  const ours = mine ? summary(mine) : null;
  const against = (...names: string[]) => {
    const speeds = names.map(speed).filter((value) => value !== null);
    return ours && speeds.length > 0 ? ours.median / Math.max(...speeds) : null;
  };
  const others = Object.entries(figures).filter(([name, value]) => value !== mine && !(name === OURS && !compiled));
  const peers = others.map(([name, value]): [string, number | string] => [
    name,
    typeof value === 'string' ? missing(name, value) : summary(value).median,
  ]);
  const torch = of('pytorch')?.memory;
  const memory = mine?.memory && torch ? mine.memory / torch : null;
  const quiet = foreign === null || foreign <= QUIET;
  const comparisons = wasm
    ? [comparison('against the fastest PyTorch, one thread', against(...PYTORCH), 0.3, { quiet })]
    : [
        comparison('against the fastest PyTorch', against(...PYTORCH), model.target, { quiet }),
        comparison('against tf.function', against('tensorflow-function'), 0.95, { quiet }),
        comparison("memory against pip's PyTorch", memory, 1.2, { bound: 'most' }),
      ];
  const how = wasm ? 'wasm' : compiled ? 'compiled' : 'eager';
  return {
    name: `MoCo step, ${model.name}, ours ${how}`,
    unit: 'images/s',
    ours: ours?.median ?? null,
    ...(!compiled && { missing: String(figures[OURS]) }),
    peers: Object.fromEntries(peers),
    against: 'the fastest PyTorch',
    ratio: comparisons[0]!.ratio,
    spread: ours?.spread ?? null,
    target: comparisons[0]!.target,
    spreads: Object.fromEntries(
      measured.filter(([, one]) => one !== mine).map(([name, one]) => [name, summary(one).spread]),
    ),
    comparisons,
    details: {
      id: model.id,
      parameters: mine?.parameters ?? measured[0]?.[1].parameters ?? null,
      memoryMiB: each(measured, ({ memory }) => memory && Math.round(memory)),
      rounds,
      stepsPerRound: each(measured, ({ steps }) => steps),
      lossAfter3Steps: each(measured, ({ loss }) => loss),
      idleProcessor: each(measured, ({ idle }) => idle && Math.round(idle * 1e4) / 1e4),
      foreignProcessor: foreign && Math.round(foreign * 1e3) / 1e3,
    },
  };
}

const each = <T>(measured: readonly [string, Figures][], value: (figures: Figures) => T) =>
  Object.fromEntries(measured.map(([name, figures]) => [name, value(figures)]));

const missing = (name: string, problem: string) => (name.startsWith('ours') ? problem : `${SETUP} (${problem})`);

const rows: Row[] = [];
for (const model of models) {
  console.log(`${model.name}: ${rounds} rounds …`);
  const cores = availableParallelism();
  const alternated = await alternate(participants(model), { rounds, seconds, cores, batch: model.batch });
  const row = rowOf(model, alternated);
  rows.push(row);
  const { foreign } = alternated;
  if (foreign !== null && foreign > QUIET) {
    console.log(`  Others used ${(foreign * 100).toFixed(0)} % of the processors: these are no figures to rely on`);
  }
  for (const [name, idle] of Object.entries(row.details?.idleProcessor ?? {})) {
    if (idle > 0.02) console.log(`  ${name} used ${(idle * 100).toFixed(1)} % of a processor while it waited`);
  }
}
// What is not the whole run must not stand where the whole run's result does.
const whole = !given.row && !given.quick && !given.peers && rounds >= FULL;
report(`train${wasm ? '-wasm' : ''}${whole ? '' : '.partial'}`, versions, threads, rows);
if (rows.some(({ ours }) => ours === null)) process.exitCode = 1;
