import { readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** `python`, `python3` and `python3.9` or newer: TensorFlow 2.16 needs 3.9. */
const name = /^python(3(\.(9|[1-9]\d+))?)?$/;

/** Which of a folder's programs comes first: `python3`, `python`, then the newest version. */
function rank(program: string): number {
  if (program === 'python3') return 0;
  return program === 'python' ? 1 : 1000 - Number(program.slice('python3.'.length));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => name.test(file));
  } catch {
    return [];
  }
}

/** What the folder's program is in truth: one name of several is enough. */
function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * The Pythons there are: of the active virtual environment, then `python3` and `python` as PATH finds them, then all
 * others on PATH, a folder after the other. Names of the same program in one folder count once; the same program in two
 * folders does not, since a virtual environment is a link to another Python.
 */
export function pythonsOnPath(environment: NodeJS.ProcessEnv = process.env): string[] {
  const active = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].filter(Boolean).map((at) => join(at!, 'bin'));
  const folders = [...active, ...(environment.PATH ?? '').split(delimiter).filter(Boolean)];
  const seen = new Set<string>();
  const found: { path: string; program: string }[] = [];
  for (const folder of folders) {
    const programs = namesIn(folder).sort((a, b) => rank(a) - rank(b));
    const here = programs.length > 0 ? identity(folder) : folder;
    for (const program of programs) {
      const path = join(folder, program);
      const key = `${here} ${identity(path)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      found.push({ path, program });
    }
  }
  const first = ['python3', 'python'].flatMap((wanted) => found.find(({ program }) => program === wanted) ?? []);
  const inOrder = [...found.filter(({ path }) => active.some((folder) => path.startsWith(folder))), ...first, ...found];
  return [...new Set(inOrder.map(({ path }) => path))];
}
