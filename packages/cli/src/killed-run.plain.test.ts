import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@hcsc/random';
import { findNativeLibrary } from '@hcsc/runtime';
import { readSafetensors } from '@hcsc/weights';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finish, start } from './built-command.fixture.js';

/** How often the run is killed. */
const KILLS = 24;
const STEPS = 7 * 16;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-killed-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains with one thread, so that equal runs are equal to the bit, and writes a checkpoint at each step. */
const train = (run: string) =>
  start(
    [
      ...['pretrain', 'examples/tiny.fixture.ts', '--set', 'epochs=7', '--run', run, '--no-evaluate'],
      ...['--threads', '1', '--checkpoint-minutes', '0', '--keep', '2'],
    ],
    { HCSC_BACKEND: findNativeLibrary() ? 'native' : 'wasm' },
  );

/** What a run has come to: its log but for times and memory, its last checkpoint but for the seconds, its encoder. */
async function outcome(run: string) {
  const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n');
  const log = lines.map((line) => ({ ...JSON.parse(line), time: null, memory: null }));
  const { tensors, metadata } = await readSafetensors(join(run, 'checkpoints', 'latest.safetensors'));
  const position = { ...JSON.parse(metadata.position!), seconds: null };
  const encoder = readdirSync(join(run, 'encoder')).map((file) => readFileSync(join(run, 'encoder', file)));
  return { log, tensors, position, method: metadata.method, encoder };
}

/**
 * Calls back at the `n`-th checkpoint that is written from now on: while it is being written, with its bytes not yet in
 * their place, or just after.
 */
function atCheckpoint(run: string, n: number, when: 'begun' | 'done', then: () => void): () => void {
  const checkpoints = join(run, 'checkpoints');
  const seen = new Set<string>();
  const follow = () =>
    watch(checkpoints, (_, name) => {
      const one = when === 'begun' ? /^step-.*\.tmp$/ : /^step-\d+\.safetensors$/;
      if (!name || !one.test(name) || seen.has(name)) return;
      seen.add(name);
      if (seen.size === n) then();
    });
  if (existsSync(checkpoints)) {
    const watcher = follow();
    return () => watcher.close();
  }
  const watchers = [
    watch(run, (_, name) => {
      if (name === 'checkpoints' && watchers.length === 1) watchers.push(follow());
    }),
  ];
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

test(`a run that is killed ${KILLS} times, in the middle of writing too, becomes what it would have been`, {
  timeout: 600_000,
}, async () => {
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  const first = await finish(train(whole));
  expect(first).toMatchObject({ code: 0 });

  mkdirSync(killed);
  const rng = createRng(0);
  let unfinished = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = train(killed);
    const stop = atCheckpoint(killed, 1 + rng.integer(4), rng.uniform() < 0.7 ? 'begun' : 'done', () => {
      child.kill('SIGKILL');
    });
    const { code, err } = await finish(child);
    stop();
    expect({ code, err }).toMatchObject({ code: null });
    const left = readdirSync(join(killed, 'checkpoints')).filter((name) => name.endsWith('.tmp'));
    unfinished += left.length > 0 ? 1 : 0;
  }
  expect(unfinished).toBeGreaterThan(0);
  expect(await finish(train(killed))).toMatchObject({ code: 0 });

  const [expected, found] = [await outcome(whole), await outcome(killed)];
  expect(found.position.step).toBe(STEPS);
  expect(found).toEqual(expected);
});
