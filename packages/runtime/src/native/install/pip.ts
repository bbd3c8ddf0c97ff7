import { pythonsOnPath } from '../find/pythons.js';
import { NativeLibraryError } from '../library-error.js';
import type { PinnedWheel } from './pinned-wheel.js';
import { run } from './run.js';

/** The first Python on PATH that has pip. */
export async function pythonWithPip(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  for (const python of pythonsOnPath(environment)) {
    try {
      await run(python, ['-m', 'pip', '--version']);
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

/** What makes pip choose the one wheel, whatever Python it runs in. */
const choice = (wheel: PinnedWheel) => [
  '--quiet',
  '--disable-pip-version-check',
  '--no-deps',
  '--only-binary=:all:',
  '--platform',
  wheel.platform,
  '--python-version',
  wheel.python,
];

/**
 * Asks pip, with the user's own settings, where it would get the wheel; nothing is fetched but the index.
 *
 * @returns undefined if this pip cannot say (before 22.3), or names another file than the pinned one.
 */
export async function wheelAddress(
  python: string,
  wheel: PinnedWheel,
  work: string,
  signal?: AbortSignal,
): Promise<URL | undefined> {
  const args = ['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '--target', work, '--report', '-'];
  try {
    const report = JSON.parse(await run(python, [...args, ...choice(wheel), wheel.requirement], { signal })) as {
      install: [{ download_info: { url: string; archive_info: { hashes?: { sha256?: string }; hash?: string } } }];
    };
    const { url, archive_info } = report.install[0].download_info;
    const sha256 = archive_info.hashes?.sha256 ?? archive_info.hash?.split('=')[1];
    return sha256 === undefined || sha256 === wheel.sha256 ? new URL(url) : undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

/** Lets pip itself fetch the wheel into a folder. */
export async function pipDownload(
  python: string,
  wheel: PinnedWheel,
  work: string,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['-m', 'pip', 'download', '--no-cache-dir', '--dest', work, ...choice(wheel), wheel.requirement];
  // pip writes into its temporary folder first: in the work folder, its progress can be seen and nothing stays behind.
  const env = { ...process.env, TMPDIR: work, PIP_RESUME_RETRIES: process.env.PIP_RESUME_RETRIES ?? '5' };
  try {
    await run(python, args, { signal, env });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NativeLibraryError('download', `pip could not fetch ${wheel.requirement}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
