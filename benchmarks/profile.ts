// npm run bench -- profile [--row a16] [--backend native|wasm] [--compiled] [--steps 10] [--quick]
// Where the time of a MoCo step goes, by operation: see README.md.
import { parseArgs } from 'node:util';
import { startRuntime } from '@hcsc/runtime';
import { type MocoStep, mocoStep } from './moco-step.js';
import { profileEager } from './profile-eager.js';
import { profileSession } from './profile-session.js';
import { median, type Row, report } from './results.js';
import type { OperationRun } from './step-stats.js';
import { trainModels } from './train-models.js';

const { values: given } = parseArgs({
  options: {
    row: { type: 'string', multiple: true, default: ['a16'] },
    backend: { type: 'string', default: 'native' },
    compiled: { type: 'boolean', default: false },
    steps: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const { backend, compiled } = given;
if (backend !== 'native' && backend !== 'wasm')
  throw new RangeError(`--backend takes native or wasm, got ${given.backend}`);
if (compiled && backend === 'wasm') throw new RangeError('Nothing is compiled on wasm: leave out --compiled');
const steps = Number(given.steps ?? (given.quick ? 3 : 10));
const threads = backend === 'wasm' ? 1 : 2;
const models = given.row.map((id) => {
  const found = trainModels.find((model) => model.id === id);
  if (!found) throw new RangeError(`--row takes ${trainModels.map((model) => model.id).join(', ')}, got ${id}`);
  return found;
});

/** What an operation came to, in a step. */
interface OperationTotal {
  readonly operation: string;
  readonly calls: number;
  readonly ms: number;
  /** Of the time of all operations. */
  readonly share: number;
}

interface Profile {
  readonly operations: readonly OperationTotal[];
  /** A step while it is timed, in milliseconds; of a compiled one, from the first node to the last. */
  readonly wall: number;
  /** What of it is inside no operation. */
  readonly outside: number;
}

/** The time in which at least one operation ran. */
function covered(runs: readonly OperationRun[]): number {
  let [time, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { start, end } of [...runs].sort((a, b) => a.start - b.start)) {
    time += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return time;
}

/** Sums up by operation; of each single operation the median over the steps counts. */
function totals(steps: readonly (readonly OperationRun[])[]): OperationTotal[] {
  const single = new Map<string, { operation: string; times: number[] }>();
  for (const { operation, key, start, end } of steps.flat()) {
    const name = `${operation} ${key}`;
    const found = single.get(name) ?? { operation, times: [] };
    found.times.push(end - start);
    single.set(name, found);
  }
  const sums = new Map<string, { calls: number; ms: number }>();
  for (const { operation, times } of single.values()) {
    const { calls, ms } = sums.get(operation) ?? { calls: 0, ms: 0 };
    const often = times.length / steps.length;
    sums.set(operation, { calls: calls + often, ms: ms + median(times) * often });
  }
  const all = [...sums.values()].reduce((sum, { ms }) => sum + ms, 0);
  return [...sums]
    .map(([operation, { calls, ms }]) => ({ operation, calls: round(calls), ms: round(ms), share: round(ms / all) }))
    .sort((a, b) => b.ms - a.ms);
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;

async function profile(step: MocoStep, library: string | undefined): Promise<Profile> {
  for (let i = 0; i < (compiled ? 0 : 3); i++) await step.run();
  if (compiled) {
    const runs = await profileSession(() => step.run(), { library: library!, threads, steps });
    const walls = runs.map(
      (run) => Math.max(...run.map(({ end }) => end)) - Math.min(...run.map(({ start }) => start)),
    );
    const outside = runs.map((run, i) => walls[i]! - covered(run));
    return { operations: totals(runs), wall: median(walls), outside: median(outside) };
  }
  const runs = await profileEager(() => step.run(), steps);
  const outside = runs.map(({ operations, wall }) =>
    operations.reduce((rest, { start, end }) => rest - (end - start), wall),
  );
  return {
    operations: totals(runs.map(({ operations }) => operations)),
    wall: median(runs.map(({ wall }) => wall)),
    outside: median(outside),
  };
}

function print(name: string, { operations, wall, outside }: Profile): void {
  const width = Math.max(...operations.map(({ operation }) => operation.length));
  const line = (operation: string, calls: string, ms: number, share: string) =>
    console.log(
      `  ${operation.padEnd(width)} ${calls.padStart(6)} ${ms.toFixed(2).padStart(9)} ms ${share.padStart(7)}`,
    );
  console.log(`${name}, in a step:`);
  for (const { operation, calls, ms, share } of operations) {
    line(operation, String(calls), ms, `${(100 * share).toFixed(2)} %`);
  }
  const sum = operations.reduce((total, { ms }) => total + ms, 0);
  const calls = operations.reduce((total, { calls }) => total + calls, 0);
  line('all operations', String(calls), sum, '');
  line('in no operation', '', outside, '');
  line(compiled ? 'first to last node' : 'step', '', wall, '');
}

const runtime = await startRuntime({ backend, threads, log: () => {} });
const how = backend === 'wasm' ? 'wasm' : compiled ? 'compiled' : 'eager';
const rows: Row[] = [];
for (const model of models) {
  const step = mocoStep(model, { compiled });
  const found = await profile(step, runtime.info.library);
  // As it is when nothing is timed inside.
  const untimed: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await step.run();
    untimed.push(performance.now() - start);
  }
  step.dispose();
  const name = `profile of a MoCo step, ${model.name}, ${how}`;
  print(name, found);
  const { operations, wall, outside } = found;
  rows.push({
    name,
    unit: 'ms',
    ours: median(untimed),
    peers: {},
    ratio: null,
    spread: [Math.min(...untimed), Math.max(...untimed)],
    target: null,
    details: { id: model.id, steps, wallMs: round(wall), outsideMs: round(outside), operations },
  });
}
const versions = { node: process.version, ...(runtime.info.tensorflow && { tensorflow: runtime.info.tensorflow }) };
report(`profile-${how}${given.quick ? '.partial' : ''}`, versions, threads, rows);
runtime.stop();
