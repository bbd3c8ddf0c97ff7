import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, finish, hcsc, start } from './built-command.fixture.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-full-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const train = (run: string) => [
  ...['pretrain', 'examples/tiny.fixture.ts', '--set', 'epochs=2', '--run', run, '--no-evaluate'],
];

/** The command where no file may have more than so many KiB: a write beyond fails, as on a full disk. */
const withLittleSpace = (kibibytes: number, args: readonly string[]) => {
  const { file, args: all, options } = command(args);
  return spawn('bash', ['-c', `ulimit -f ${kibibytes}; exec "$0" "$@"`, file, ...all], options);
};

test.skipIf(process.platform === 'win32')(
  'a disk that is full while a checkpoint is written costs nothing that was there',
  { timeout: 300_000 },
  async () => {
    const [whole, full] = [join(folder, 'whole'), join(folder, 'full')];
    expect(await hcsc(...train(whole))).toMatchObject({ code: 0 });

    const child = start(train(full));
    child.stderr!.on('data', (chunk) => {
      if (String(chunk).includes('epoch 1/2')) child.kill('SIGINT');
    });
    expect(await finish(child)).toMatchObject({ code: 130 });
    const checkpoints = join(full, 'checkpoints');
    const before = readdirSync(checkpoints);
    const kibibytes = Math.floor(statSync(join(checkpoints, 'latest.safetensors')).size / 1024) - 1;
    expect(statSync(join(full, 'log.jsonl')).size / 1024).toBeLessThan(kibibytes / 2);

    const { code, err } = await finish(withLittleSpace(kibibytes, train(full)));
    expect(code).toBe(1);
    expect(err).toMatch(
      /hcsc: Cannot write the checkpoint of step 32: Cannot write .*step-00000032\.safetensors: EFBIG.* The last good checkpoint is .*step-000000\d\d\.safetensors/,
    );
    expect(err).not.toContain('    at ');
    expect(readdirSync(checkpoints)).toEqual(before);
    expect(JSON.parse(readFileSync(join(full, 'status.json'), 'utf8'))).toMatchObject({ state: 'failed', step: 32 });

    expect(await hcsc(...train(full))).toMatchObject({ code: 0 });
    const weights = (run: string) =>
      readdirSync(join(run, 'encoder')).map((name) => [name, readFileSync(join(run, 'encoder', name))]);
    expect(weights(full)).toEqual(weights(whole));
  },
);
