import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cachedLibrary, tensorflowVersion } from './find/cached-library.js';
import { holdsLibrary } from './find/library-files.js';
import { NativeLibraryError } from './library-error.js';

/** The wheel that is fetched: any Python can fetch and unpack it, none needs to be able to import it. */
const wheel = {
  requirement: `tensorflow-cpu==${tensorflowVersion}`,
  python: '3.11',
  platform: 'manylinux_2_27_x86_64',
  file: `tensorflow_cpu-${tensorflowVersion}-cp311-cp311-manylinux_2_27_x86_64.whl`,
  bytes: 273_829_956,
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
};

/** Options of {@link installNativeLibrary}. */
export interface InstallOptions {
  /** The folder to put the library in. Default: the one in the user's cache that `startRuntime` looks in. */
  folder?: string;
  /** A wheel that is there already, for a machine without network; it must be the very one that would be fetched. */
  wheel?: string;
  /**
   * Gets a line now and then while fetching. Default: standard error, on a terminal one line that is written over.
   */
  log?: (line: string) => void;
  /** Stops the download; what was received is dropped. */
  signal?: AbortSignal;
}

/**
 * Fetches TensorFlow's library once into the user's cache with pip (274 MB, 854 MB unpacked), and returns the
 * folder that holds it; if it is there already, that is all.
 *
 * The version and the checksum are pinned. Only the libraries and their licences are unpacked, beside their place, and
 * moved there when whole, so that an interrupted installation is never taken for a finished one.
 *
 * @throws NativeLibraryError if this is not Linux on x86-64, Python or pip is missing, the download fails, or the
 * checksum is wrong.
 *
 * @example
 * ```ts
 * const folder = await installNativeLibrary();
 * ```
 */
export async function installNativeLibrary(options: InstallOptions = {}): Promise<string> {
  const { folder = cachedLibrary(), log, signal } = options;
  if (holdsLibrary(folder)) return folder;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new NativeLibraryError(
      'platform',
      `TensorFlow's library is fetched for Linux on x86-64 only, this is ${process.platform} on ${process.arch}`,
    );
  }
  const python = await findPython();
  const work = `${folder}.part-${process.pid}`;
  const fetched = join(dirname(folder), wheel.file);
  await removeLeftOvers(folder);
  await mkdir(work, { recursive: true });
  try {
    const source = options.wheel ?? fetched;
    if (!existsSync(source)) {
      if (options.wheel !== undefined) throw new NativeLibraryError('missing', `There is no wheel at ${source}`);
      await download(python, work, progress(log), signal);
      await rename(join(work, wheel.file), fetched);
    }
    await checkSum(source, options.wheel === undefined);
    const unpacked = join(work, 'unpacked');
    await run(python, ['-c', unpack, source, unpacked], { signal });
    // Another process may have come to its end first.
    if (!holdsLibrary(folder)) {
      await rm(folder, { recursive: true, force: true });
      await rename(unpacked, folder);
    }
    await rm(fetched, { force: true });
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Copies the libraries and licences out of a wheel (a zip file), a piece at a time. */
const unpack = `
import os, shutil, sys, zipfile
source, folder = sys.argv[1:]
os.makedirs(folder)
with zipfile.ZipFile(source) as wheel:
    for name in ('libtensorflow_framework.so.2', 'libtensorflow_cc.so.2', 'THIRD_PARTY_NOTICES.txt', 'include/LICENSE'):
        with wheel.open('tensorflow/' + name) as packed, open(os.path.join(folder, os.path.basename(name)), 'wb') as file:
            shutil.copyfileobj(packed, file, 1 << 20)
`;

async function findPython(): Promise<string> {
  for (const python of ['python3', 'python']) {
    try {
      await run(python, ['-m', 'pip', '--version'], {});
      return python;
    } catch {
      // The next one may have it.
    }
  }
  throw new NativeLibraryError(
    'python',
    'fetching TensorFlow needs Python with pip (on Debian: apt install python3-pip)',
  );
}

async function download(
  python: string,
  work: string,
  onProgress: (received: number, total: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'];
  args.push('--only-binary=:all:', '--platform', wheel.platform, '--python-version', wheel.python, '--dest', work);
  const timer = setInterval(async () => onProgress(await largestFile(work), wheel.bytes), 1000);
  try {
    // pip writes into its temporary folder first: in the work folder, its progress can be seen and nothing stays behind.
    await run(python, [...args, wheel.requirement], { signal, env: { ...process.env, TMPDIR: work } });
    onProgress(wheel.bytes, wheel.bytes);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NativeLibraryError('download', `pip could not fetch ${wheel.requirement}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    clearInterval(timer);
  }
}

async function checkSum(path: string, remove: boolean): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found === wheel.sha256) return;
  if (remove) await rm(path);
  throw new NativeLibraryError(
    'checksum',
    `${path} is not ${wheel.file}: its SHA-256 is ${found}, not ${wheel.sha256}`,
  );
}

/** Folders of installations that were killed: their process is gone. */
async function removeLeftOvers(folder: string): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (path.startsWith(`${folder}.part-`) && !isAlive(Number(path.slice(`${folder}.part-`.length)))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function largestFile(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name))
        .then(({ size }) => size)
        .catch(() => 0),
    ),
  );
  return Math.max(0, ...sizes);
}

/** Runs a program to its end; its last lines of error output are the error's message. */
function run(
  program: string,
  args: string[],
  { signal, env }: { signal?: AbortSignal; env?: NodeJS.ProcessEnv },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => {
      errors = (errors + text).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve();
      else
        reject(new Error(errors.trim().split('\n').slice(-3).join(' ') || `${program} ended with ${code ?? killedBy}`));
    });
  });
}

/** Tells how far a download is: a line every fifth of the way, or on a terminal one line that is written over. */
function progress(log?: (line: string) => void): (received: number, total: number) => void {
  let fifths = -1;
  return (received, total) => {
    const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
    const line = `Fetching TensorFlow ${tensorflowVersion}: ${megabytes(received)} of ${megabytes(total)} MB`;
    if (log === undefined && process.stderr.isTTY) {
      process.stderr.write(`\r${line}${received === total ? '\n' : ''}`);
    } else if (Math.floor((5 * received) / total) > fifths) {
      fifths = Math.floor((5 * received) / total);
      (log ?? console.error)(line);
    }
  };
}
