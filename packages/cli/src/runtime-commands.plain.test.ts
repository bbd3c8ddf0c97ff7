import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNativeLibrary } from '@hcsc/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-cli-runtime-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** The built command, at the home of a user who has nothing but what `environment` names. */
function hcsc(args: readonly string[], environment: NodeJS.ProcessEnv = {}, onError?: (text: string) => void) {
  if (!existsSync(bin)) throw new Error('The command is not built: run npm run build first');
  const env = { HOME: home, PATH: join(home, 'bin'), ...environment };
  const child = spawn(process.execPath, [bin, 'runtime', ...args], { cwd: home, env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
    onError?.(err);
  });
  return {
    child,
    done: new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, out, err }));
    }),
  };
}

/** A `python3` whose pip needs for ever. */
function makeSlowPip(): void {
  mkdirSync(join(home, 'bin'));
  const script = `#!/bin/sh\ncase "$*" in *--version*) exit 0;; *--report*) exit 1;; *download*) while :; do :; done;; esac\n`;
  writeFileSync(join(home, 'bin/python3'), script);
  chmodSync(join(home, 'bin/python3'), 0o755);
}

describe('runtime doctor', () => {
  test('nothing native: exit code 1 and the command that mends it', async () => {
    const { code, out, err } = await hcsc(['doctor']).done;
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain("✗ native      TensorFlow's library is not there\n");
    expect(out).toMatch(/\nTo mend it:\n {2}\S/);
  });

  const found = findNativeLibrary();
  test.each(found === null ? [] : [found.folder])('native works: exit code 0, as JSON too (%s)', async (folder) => {
    const environment = { HCSC_TENSORFLOW: folder };
    const { code, out } = await hcsc(['doctor'], environment).done;
    expect(code).toBe(0);
    expect(out).toMatch(/\n✓ path {8}HCSC_TENSORFLOW: TensorFlow \d\.\d+\.\d+ in .*: this one is used\n/);
    expect(out).toMatch(/\n {2}devices {5}\S*CPU:0\n/);
    expect(out).not.toContain('To mend it');
    const json = await hcsc(['doctor', '--json'], environment).done;
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out).native).toMatchObject({ works: true, folder });
  });
});

describe('runtime install', () => {
  test('says what is missing to fetch it', async () => {
    const { code, err } = await hcsc(['install', '--folder', join(home, 'there')]).done;
    expect(code).toBe(1);
    expect(err).toMatch(/^hcsc: (fetching TensorFlow needs Python with pip|There is no TensorFlow)/);
  });

  test('refuses another wheel', async () => {
    writeFileSync(join(home, 'a.whl'), 'something else');
    const { code, err } = await hcsc(['install', '--wheel', join(home, 'a.whl')]).done;
    expect(code).toBe(1);
    expect(err).toMatch(/a\.whl is not tensorflow|There is no TensorFlow/);
  });

  test('Ctrl-C ends it, and leaves nothing half done', async () => {
    makeSlowPip();
    let interrupted = false; // once: a second one would end the process at once
    const { child, done } = hcsc(['install', '--folder', join(home, 'cache/tensorflow')], {}, (text) => {
      if (interrupted || !text.includes('Fetching')) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    const { code, err } = await done;
    expect({ code, err }).toMatchObject({ code: 130 });
    expect(err).toContain('Interrupted. To go on from there: hcsc runtime install\n');
    expect(readdirSync(join(home, 'cache'))).toEqual([]);
  });
});
