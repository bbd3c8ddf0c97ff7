import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const code = /\.(ts|mts|cts|js|mjs|cjs)$/;
const unseeded = /\bMath\s*\.\s*random\b/;
/** Where it is named because compiled functions refuse it, and because methods that draw so must fail their suite. */
const refusing = /^packages\/(runtime\/src\/compile\/|testing\/src\/method-cases\.test\.ts$)/;
/** Folders of one person's machine; a slash, dot or letter before them makes them part of an address or a longer path. */
const machinePath = new RegExp(`(?<![\\w./-])/(${['work', 'root', 'home', 'Users'].join('|')})/`);
const largest = 1_000_000;

/** Tracked files, and new ones that git does not ignore. */
export function trackedFiles(root) {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return list.split('\0').filter((file) => file && existsSync(join(root, file)));
}

/** Says where the sources draw unseeded random numbers or name a path of one machine. */
export function checkSourceText(root) {
  return trackedFiles(root).flatMap((file) => {
    if (
      file === 'pnpm-lock.yaml' ||
      !statSync(join(root, file)).isFile() ||
      statSync(join(root, file)).size > largest
    ) {
      return [];
    }
    const text = readFileSync(join(root, file), 'latin1');
    if (text.includes('\0')) return [];
    return text.split('\n').flatMap((line, i) => {
      const at = `${file}:${i + 1}`;
      const problems = [];
      if (code.test(file) && !refusing.test(file) && unseeded.test(line)) {
        problems.push(`${at}: random numbers come from @hcsc/random's Rng`);
      }
      const path = machinePath.exec(line);
      if (path) problems.push(`${at}: names ${path[0]}, a path of one machine`);
      return problems;
    });
  });
}
