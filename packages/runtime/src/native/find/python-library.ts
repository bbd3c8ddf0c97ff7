import { spawnSync } from 'node:child_process';
import { pipName } from '../install/pinned-wheel.js';
import { holdsLibrary, libraryFiles } from './library-files.js';

/** What a Python has of TensorFlow. */
export interface PythonLibrary {
  readonly version?: string;
  readonly folder?: string;
  /** Why it is of no use; undefined if it can be used. */
  readonly problem?: string;
  /** The command that mends it. */
  readonly remedy?: string;
}

/**
 * Prints, as JSON, the version of Python's tensorflow package and its folder, without importing it. What lies in the
 * current folder does not count.
 */
const askPython = `
import importlib.util, json, os, sys
sys.path = [path for path in sys.path if path not in ('', os.getcwd())]
spec = importlib.util.find_spec('tensorflow')
found = {}
if spec and spec.origin and spec.submodule_search_locations:
    import importlib.metadata
    found['folder'] = spec.submodule_search_locations[0]
    for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-macos', 'tf-nightly', 'tf-nightly-cpu'):
        try:
            found['version'] = importlib.metadata.version(name)
            break
        except importlib.metadata.PackageNotFoundError:
            pass
print(json.dumps(found))
`;

/** Asks one Python for its `tensorflow`, with one start of it. */
export function pythonLibrary(python: string, environment: NodeJS.ProcessEnv = process.env): PythonLibrary {
  const { status, stdout, error } = spawnSync(python, ['-c', askPython], {
    env: environment,
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0) return { problem: error ? `does not start (${error.message})` : 'does not run' };
  const { folder, version } = answer(stdout);
  const remedy = `${python} -m pip install --upgrade ${pipName()}`;
  if (folder === undefined) return { problem: 'has no tensorflow', remedy };
  if (version !== undefined && !isRecent(version)) {
    return { folder, version, problem: 'is too old: its wheel has the C library from 2.16 on', remedy };
  }
  if (!holdsLibrary(folder)) return { folder, version, problem: `lacks ${libraryFiles.join(' or ')}`, remedy };
  return { folder, version };
}

/** The last line is ours: a site's own start-up code may print too. */
function answer(stdout: string): { folder?: string; version?: string } {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { folder?: string; version?: string };
  } catch {
    return {};
  }
}

/** TensorFlow 2.16 or newer; a version nobody knows is given a try. */
function isRecent(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return !(major < 2 || (major === 2 && minor < 16));
}
