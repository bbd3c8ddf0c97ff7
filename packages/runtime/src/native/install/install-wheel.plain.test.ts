import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { libraryFiles } from '../find/library-files.js';
import { NativeLibraryError } from '../library-error.js';
import { installWheel } from './install-wheel.js';
import type { PinnedWheel } from './pinned-wheel.js';
import { type FlakyServer, flakyServer } from './testing/flaky-server.js';
import { makeZip } from './testing/make-zip.js';

const text = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 31) % 253));
const libraries = [text(40_000), text(90_000)] as const;
const content = makeZip({
  'tensorflow/__init__.py': '# nothing',
  [`tensorflow/${libraryFiles[0]}`]: libraries[0],
  [`tensorflow/${libraryFiles[1]}`]: libraries[1],
  'tensorflow/THIRD_PARTY_NOTICES.txt': 'notices',
  'tensorflow/include/LICENSE': 'licence',
});
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const wheel: PinnedWheel = {
  requirement: 'tensorflow==2.21.0',
  python: '3.11',
  platform: 'manylinux_2_27_x86_64',
  file: 'tensorflow-2.21.0.whl',
  bytes: content.length,
  sha256: sha256(content),
};

let home: string;
let folder: string;
let parent: string;
let server: FlakyServer | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-install-'));
  parent = join(home, 'cache');
  folder = join(parent, 'tensorflow-2.21.0');
  mkdirSync(parent);
  for (const name of ['VIRTUAL_ENV', 'CONDA_PREFIX', 'PIP_CERT', 'https_proxy', 'HTTPS_PROXY', 'PIP_PROXY']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('PATH', join(home, 'bin'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = undefined;
  rmSync(home, { recursive: true });
});

/** A `python3` whose pip does this when asked where the wheel is, and this when asked to download it to $dest. */
function makePython({ where = 'exit 2', download = 'exit 3' }: { where?: string; download?: string }): void {
  const script = `#!/bin/sh
echo "$*" >> '${home}/asked'
case "$*" in
  *--version*) exit 0;;
  *--report*) ${where}; exit 0;;
  *download*) while [ "$1" != --dest ]; do shift; done; dest=$2; ${download}; exit 0;;
esac
exit 9
`;
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'python3'), script);
  chmodSync(join(home, 'bin', 'python3'), 0o755);
}

const reports = (url: URL | string, hash = wheel.sha256) =>
  `echo '${JSON.stringify({ install: [{ download_info: { url, archive_info: { hashes: { sha256: hash } } } }] })}'`;

const phases: string[] = [];
const install = (options = {}) => {
  phases.length = 0;
  return installWheel(wheel, folder, { onProgress: ({ phase }) => phases.push(phase), pause: 1, ...options });
};

function expectInstalled(): void {
  expect(readdirSync(folder).sort()).toEqual(['LICENSE', 'THIRD_PARTY_NOTICES.txt', ...libraryFiles].sort());
  libraryFiles.forEach((file, i) => {
    expect(readFileSync(join(folder, file)).equals(libraries[i]!)).toBe(true);
  });
  expect(readdirSync(parent)).toEqual(['tensorflow-2.21.0']);
}

const problem = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(NativeLibraryError);
  return error as NativeLibraryError;
};

describe('installWheel', () => {
  it('fetches from where pip would, breaks or not, and unpacks', async () => {
    server = await flakyServer(content, { breaks: [50_000, 50_000] });
    makePython({ where: reports(server.address) });
    await install();
    expectInstalled();
    expect(server.asked).toEqual(['', 'bytes=50000-', 'bytes=100000-']);
    expect(phases.at(-1)).toBe('unpacking');
    expect(readFileSync(join(home, 'asked'), 'utf8')).toMatch(
      /--dry-run .*--only-binary=:all: --platform manylinux_2_27_x86_64 --python-version 3\.11 tensorflow==2\.21\.0\n$/,
    );
  });

  it('goes on after what a download that was stopped has left', async () => {
    server = await flakyServer(content, { breaks: [60_000] });
    makePython({ where: reports(server.address) });
    const controller = new AbortController();
    const onProgress = ({ received }: { received: number }) => received >= 60_000 && controller.abort();
    await expect(install({ signal: controller.signal, onProgress })).rejects.toThrow('aborted');
    const [left, ...others] = readdirSync(parent);
    expect(left).toMatch(/^tensorflow-2\.21\.0\.whl\.part-\d+-\d+$/);
    expect(others).toEqual([]);
    await install();
    expectInstalled();
    expect(server.asked).toEqual(['', 'bytes=60000-']);
  });

  it('goes on after what a process that was killed has left, and leaves the parts of one that lives', async () => {
    server = await flakyServer(content);
    makePython({ where: reports(server.address) });
    // A process id that none has: above the largest.
    writeFileSync(join(parent, `${wheel.file}.part-99999999-1`), content.subarray(0, 70_000));
    writeFileSync(join(parent, `${wheel.file}.part-99999998-1`), content.subarray(0, 10));
    mkdirSync(join(parent, 'tensorflow-2.21.0.part-99999999-2/unpacked'), { recursive: true });
    const living = join(parent, `${wheel.file}.part-${process.ppid}-1`);
    writeFileSync(living, content.subarray(0, 80_000));
    await install();
    expect(server.asked).toEqual(['bytes=70000-']);
    rmSync(living);
    expectInstalled();
  });

  it('begins anew if what was left turns out to be something else', async () => {
    server = await flakyServer(content);
    makePython({ where: reports(server.address) });
    writeFileSync(join(parent, `${wheel.file}.part-99999999-1`), 'x'.repeat(1000));
    await install();
    expectInstalled();
    expect(server.asked).toEqual(['bytes=1000-', '']);
  });

  it('unpacks a wheel that an interrupted installation has left whole, and asks nobody', async () => {
    writeFileSync(join(parent, wheel.file), content);
    await install();
    expectInstalled();
  });

  it('keeps what has arrived if the server stays away, and says so', async () => {
    server = await flakyServer(content, { breaks: [100_000, 0, 0, 0, 0, 0] });
    makePython({ where: reports(server.address) });
    const { problem: why, message } = await problem(install());
    expect(why).toBe('download');
    expect(message).toMatch(/broke off after 0 of 0 MB and will go on from there the next time: /);
    expect(readdirSync(parent)).toHaveLength(1);
  });

  it.each([
    ['cannot say where the wheel is', 'exit 2'],
    ['says nonsense', 'echo nonsense'],
    ['would take another file', reports('http://127.0.0.1:9/', '00')],
    ['has to give a password', reports('http://user:****@127.0.0.1:9/')],
    ['names an address that does not answer', reports('http://127.0.0.1:9/')],
  ])('lets pip fetch if it %s', async (_, where) => {
    writeFileSync(join(home, 'wheel'), content);
    makePython({ where, download: `/bin/cp ${home}/wheel "$dest/${wheel.file}"` });
    await install();
    expectInstalled();
  });

  it('lets pip fetch through a proxy', async () => {
    server = await flakyServer(content);
    vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
    writeFileSync(join(home, 'wheel'), content);
    makePython({ where: reports(server.address), download: `/bin/cp ${home}/wheel "$dest/${wheel.file}"` });
    await install();
    expectInstalled();
    expect(server.asked).toEqual([]);
  });

  it('takes a wheel from a folder of the user that pip finds', async () => {
    writeFileSync(join(home, 'wheel'), content);
    makePython({ where: reports(`file://${home}/wheel`) });
    await install();
    expectInstalled();
    expect(existsSync(join(home, 'wheel'))).toBe(true);
  });

  it('refuses a download with the wrong checksum, and keeps none of it', async () => {
    makePython({ download: `echo 'something else' > "$dest/${wheel.file}"` });
    const { problem: why, message } = await problem(install());
    expect(why).toBe('checksum');
    expect(message).toContain(`is not ${wheel.file}: its SHA-256 is ${sha256(Buffer.from('something else\n'))}, not `);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('takes a wheel of the user, or refuses it, and leaves it alone', async () => {
    const mine = join(home, 'mine.whl');
    writeFileSync(mine, 'something else\n');
    expect((await problem(install({ wheel: mine }))).problem).toBe('checksum');
    expect(readdirSync(parent)).toEqual([]);
    expect((await problem(install({ wheel: join(home, 'none.whl') }))).message).toMatch(/^There is no wheel at /);
    writeFileSync(mine, content);
    await install({ wheel: mine });
    expectInstalled();
    expect(existsSync(mine)).toBe(true);
  });

  it('says what pip said if it fails', async () => {
    makePython({ download: "echo 'Collecting' >&2; echo 'ERROR: no network' >&2; exit 1" });
    const error = await problem(install());
    expect(error.problem).toBe('download');
    expect(error.message).toMatch(/^pip could not fetch tensorflow==2\.21\.0: .*no network$/);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('says so if there is no Python', async () => {
    const error = await problem(install());
    expect(error.problem).toBe('python');
    expect(error.message).toContain('needs Python with pip');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('stops pip when it is told to', async () => {
    makePython({ download: 'while :; do :; done' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await expect(install({ signal: controller.signal })).rejects.toThrow('aborted');
    expect(readdirSync(parent)).toEqual([]);
  });
});
