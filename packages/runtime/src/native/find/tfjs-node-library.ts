import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { holdsLibrary } from './library-files.js';
import { probeLibrary } from './probe.js';

/** The packages that come with TensorFlow's library, the one for GPUs first: nobody installs it without wanting it. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** What an installed tfjs-node has of TensorFlow. */
export interface TfjsNodeLibrary {
  readonly name: (typeof packages)[number];
  /** Where its package lies; undefined if it is not installed. */
  readonly folder?: string;
  readonly version?: string;
  /** Why it is of no use; undefined if it can be used. */
  readonly problem?: string;
}

/**
 * The library that the installer of `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node` has fetched, which is used
 * through our own binding. It is older than what this package is made for, so it is loaded in a process of its own first,
 * to see whether it has every function that is needed.
 *
 * @param from A file or folder (with a slash at its end) whose `node_modules` is looked in; default: this package's and
 * then the current folder's.
 */
export function* tfjsNodeLibraries(
  from: readonly string[] = [import.meta.url, `${process.cwd()}/`],
): Generator<TfjsNodeLibrary> {
  for (const name of packages) {
    const manifest = from.map((place) => resolve(place, `${name}/package.json`)).find((path) => path !== undefined);
    if (manifest === undefined) {
      yield { name, problem: 'is not installed' };
      continue;
    }
    const folder = join(dirname(manifest), 'deps', 'lib');
    if (!holdsLibrary(folder)) {
      yield { name, folder: dirname(manifest), problem: 'is installed without its library: its installer has not run' };
      continue;
    }
    const probe = probeLibrary(folder);
    if (probe.problem !== undefined) yield { name, folder, problem: `cannot be used: ${probe.problem}` };
    else yield { name, folder, version: probe.version };
  }
}

function resolve(from: string, path: string): string | undefined {
  try {
    return createRequire(from).resolve(path);
  } catch {
    return undefined;
  }
}
