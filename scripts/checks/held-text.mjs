import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The command that takes what is there for reviewed. */
const ACCEPT = 'npm run api';

/**
 * Compares a text with the file that holds the reviewed one, and says where they differ, line by line; with `update` the file is
 * written instead. A text that is `undefined` should have no file.
 */
export function compareWithFile(root, path, text, update = false) {
  const file = join(root, path);
  const held = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (held === text) return [];
  if (update) {
    if (text === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return [];
  }
  const review = `review it, and take it with ${ACCEPT}`;
  if (held === undefined) return [`${path}: is missing; ${review}`];
  if (text === undefined) return [`${path}: should be there no more; ${review}`];
  return [`${path}: differs from what is built; ${review}`, ...difference(held, text).map((line) => `  ${line}`)];
}

/** The lines that differ, with two lines around them. */
function difference(before, after) {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-difference-'));
  try {
    writeFileSync(join(folder, 'reviewed'), before);
    writeFileSync(join(folder, 'built'), after);
    const args = ['diff', '--no-index', '--no-color', '--no-ext-diff', '-U2', 'reviewed', 'built'];
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [];
  } catch ({ stdout }) {
    return stdout.trimEnd().split('\n').slice(4);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
