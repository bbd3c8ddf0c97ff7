// What is begun in a workplace leaves neither processes nor files, however it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withWorkplace } from '../packed/workplace.mjs';

const module = new URL('../packed/workplace.mjs', import.meta.url).href;

/** Starts a process that starts another, both for a minute, the first deaf to SIGTERM if asked; says folder and ids. */
const program = (deaf) => `
  import { withWorkplace } from '${module}';
  await withWorkplace('test', async ({ folder, start, run }) => {
    const script = '${deaf ? 'trap "" TERM; ' : ''}sleep 60 & echo $!; wait; sleep 60';
    const child = start('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const failing = run('sleep', ['60']).finally(() => console.log('heard of it'));
    child.stdout.once('data', (id) => console.log(JSON.stringify({ folder, ids: [child.pid, Number(id)] })));
    await failing;
  });
`;

function lives(id) {
  try {
    process.kill(id, 0);
  } catch {
    return false;
  }
  // One that has ended and that nobody has asked for yet is there too.
  return !existsSync(`/proc/${id}/status`) || !/State:\s*Z/.test(readFileSync(`/proc/${id}/status`, 'utf8'));
}

describe('a workplace', () => {
  it('is gone when the work is done, and gives what that gave', async () => {
    const { folder, child, said } = await withWorkplace('test', async ({ folder, start, run }) => {
      writeFileSync(join(folder, 'file'), '');
      return { folder, child: start('sleep', ['60'], { stdio: 'ignore' }), said: await run('echo', ['two words']) };
    });
    assert.equal(said, 'two words\n');
    assert.ok(!existsSync(folder));
    assert.equal(child.signalCode, 'SIGTERM');
  });

  it('is gone when the work fails, and tells what a command said', async () => {
    let place;
    const work = withWorkplace('test', ({ folder, run }) => {
      place = folder;
      return run('sh', ['-c', 'echo one; echo two >&2; exit 3']);
    });
    await assert.rejects(work, (error) => /ended with 3$/.test(error.message) && /one\ntwo/.test(error.output));
    assert.ok(!existsSync(place));
    await assert.rejects(
      withWorkplace('test', ({ run }) => run('no-such-program', [])),
      /ENOENT/,
    );
  });

  for (const [signal, code, deaf] of [
    ['SIGINT', 130, false],
    ['SIGTERM', 143, true],
  ]) {
    it(`is gone after ${signal}${deaf ? ', of processes that do not listen too' : ''}`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program(deaf)]);
      let said = '';
      const ended = new Promise((resolve) => child.once('close', resolve));
      const { folder, ids } = await new Promise((resolve) => {
        child.stdout.on('data', (chunk) => {
          said += chunk;
          if (said.includes('\n')) resolve(JSON.parse(said.split('\n')[0]));
        });
      });
      assert.ok(existsSync(folder) && ids.every(lives));
      child.kill(signal);
      assert.equal(await ended, code);
      assert.ok(!existsSync(folder));
      assert.deepEqual(ids.filter(lives), []);
      assert.ok(!said.includes('heard of it'));
    });
  }
});
