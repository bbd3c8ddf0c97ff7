import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@hcsc/random';
import { findNativeLibrary } from '@hcsc/runtime';
import { readSafetensors } from '@hcsc/weights';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finish, start } from './built-command.fixture.js';

const STEPS = 2 * 16;

/** The most changes of files that a process lives for; a step with its checkpoint makes some 120. */
const MOST = 440;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-killed-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains with one thread, so that equal runs are equal to the bit, and writes a checkpoint at each step. */
const train = (run: string, { diesAt }: { diesAt?: number } = {}) =>
  start(
    [
      ...['pretrain', 'examples/tiny.fixture.ts', '--set', 'epochs=2', '--run', run, '--no-evaluate'],
      ...['--threads', '1', '--checkpoint-minutes', '0', '--keep', '2'],
    ],
    {
      HCSC_BACKEND: findNativeLibrary() ? 'native' : 'wasm',
      ...(diesAt && {
        HCSC_DIES_AT: String(diesAt),
        NODE_OPTIONS: `--import=${new URL('dying.fixture.mjs', import.meta.url)}`,
      }),
    },
  );

/** Is there a file that a killed process was writing? */
const unfinished = (run: string): boolean =>
  ['.', 'checkpoints', 'encoder']
    .map((inner) => join(run, inner))
    .filter(existsSync)
    .flatMap((inner) => readdirSync(inner))
    .some((name) => name.endsWith('.tmp'));

/** What a run has come to: its log but for times and memory, its last checkpoint but for the seconds, its encoder. */
async function outcome(run: string) {
  const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n');
  const log = lines.map((line) => ({ ...JSON.parse(line), time: null, memory: null }));
  const { tensors, metadata } = await readSafetensors(join(run, 'checkpoints', 'latest.safetensors'));
  const position = { ...JSON.parse(metadata.position!), seconds: null };
  const encoder = readdirSync(join(run, 'encoder')).map((file) => readFileSync(join(run, 'encoder', file)));
  return { log, tensors, position, method: metadata.method, encoder };
}

test('a run that is killed again and again, in the middle of writing too, becomes what it would have been', {
  timeout: 600_000,
}, async () => {
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  expect(await finish(train(whole))).toMatchObject({ code: 0 });

  const rng = createRng(0);
  let kills = 0;
  let torn = 0;
  for (;;) {
    const { code, err } = await finish(train(killed, { diesAt: 1 + rng.integer(MOST) }));
    if (code === 0) break;
    expect(code, err).toBe(null);
    kills++;
    if (unfinished(killed)) torn++;
  }
  expect(kills, `${torn} of them in the middle of a file`).toBeGreaterThanOrEqual(20);
  expect(torn).toBeGreaterThanOrEqual(5);

  const [expected, found] = [await outcome(whole), await outcome(killed)];
  expect(found.position.step).toBe(STEPS);
  expect(found).toEqual(expected);
});
