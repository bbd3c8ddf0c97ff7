import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { libraryFiles } from './find/library-files.js';
import { installNativeLibrary } from './install.js';
import { NativeLibraryError } from './library-error.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const wheel = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';

let home: string;
let folder: string;
let parent: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-install-'));
  parent = join(home, 'cache');
  folder = join(parent, 'tensorflow-2.21.0');
  vi.stubEnv('PATH', join(home, 'bin'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** A `python3` that has pip, and does this for `pip download`; the folder to put the wheel into is $dest. */
function makePython(download: string): void {
  const script = `#!/bin/sh
case "$*" in *--version*) exit 0;; *download*) ;; *) exit 9;; esac
while [ "$1" != --dest ]; do shift; done
dest=$2
${download}
`;
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'python3'), script);
  chmodSync(join(home, 'bin', 'python3'), 0o755);
}

const install = (options = {}) => installNativeLibrary({ folder, log: () => {}, ...options });
const problem = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(NativeLibraryError);
  return error as NativeLibraryError;
};

describe('installNativeLibrary', () => {
  it('leaves a library that is there alone', async () => {
    mkdirSync(folder, { recursive: true });
    for (const file of libraryFiles) writeFileSync(join(folder, file), '');
    expect(await install()).toBe(folder);
  });

  it('refuses a download with the wrong checksum, and keeps none of it', async () => {
    makePython(`echo 'something else' > "$dest/${wheel}"`);
    const error = await problem(install());
    expect(error.problem).toBe('checksum');
    expect(error.message).toContain(`is not ${wheel}: its SHA-256 is ${sha256('something else\n')}, not 2b84`);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('refuses a wheel of the user with the wrong checksum, and leaves it alone', async () => {
    makePython('exit 1');
    const mine = join(home, 'mine.whl');
    writeFileSync(mine, 'something else\n');
    expect((await problem(install({ wheel: mine }))).problem).toBe('checksum');
    expect(existsSync(mine)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  it('says what pip said if it fails', async () => {
    makePython("echo 'Collecting' >&2; echo 'ERROR: no network' >&2; exit 1");
    const error = await problem(install());
    expect(error.problem).toBe('download');
    expect(error.message).toMatch(/^pip could not fetch tensorflow-cpu==2\.21\.0: .*no network$/);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('says so if there is no Python', async () => {
    const error = await problem(install());
    expect(error.problem).toBe('python');
    expect(error.message).toContain('needs Python with pip');
  });

  it('stops when it is told to', async () => {
    makePython('while :; do :; done');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(install({ signal: controller.signal })).rejects.toThrow('aborted');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('clears away what a killed installation has left', async () => {
    makePython('exit 1');
    // A process id that none has: above the largest.
    mkdirSync(join(parent, 'tensorflow-2.21.0.part-99999999'), { recursive: true });
    mkdirSync(join(parent, `tensorflow-2.21.0.part-${process.ppid}`));
    await problem(install());
    expect(readdirSync(parent)).toEqual([`tensorflow-2.21.0.part-${process.ppid}`]);
  });
});
