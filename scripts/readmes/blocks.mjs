import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * The fenced blocks of a Markdown text: `{ language, code, line, start, end }`, `line` being that of the first line of code, from 1;
 * `start` and `end` are where the code is in the text.
 */
export function fencedBlocks(text) {
  const blocks = [];
  for (const match of text.matchAll(/^(```+|~~~+)([^\n`]*)\n([\s\S]*?)^\1 *$/gm)) {
    const [, fence, info, code] = match;
    const start = match.index + fence.length + info.length + 1;
    const line = text.slice(0, start).split('\n').length;
    blocks.push({
      language: info.trim(),
      code,
      line,
      start,
      end: start + code.length,
      after: match.index + match[0].length,
    });
  }
  return blocks;
}

/** The packages that a program imports, as they are installed: `@scope/name/deep` → `@scope/name`. */
export function importedPackages(code) {
  const specifiers = ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName);
  return [...new Set(specifiers.map((name) => /^(@[^/]+\/[^/]+|[^./][^/]*)/.exec(name)?.[1] ?? name))];
}

/** The packages that a README says to install. */
function installedPackages(blocks) {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'));
  return lines
    .filter((line) => /^(pnpm (add|install)|npm (install|i)) /.test(line))
    .flatMap((line) => line.split(/\s+/).slice(2))
    .filter((word) => /^@?[a-z]/.test(word));
}

/**
 * The programs of a README: each `ts` block, with what the `text` block right after it says it prints (`prints`, `undefined` if
 * there is none, and `printsAt`, where that stands). `how` is `'node'`, `'vitest'`, or `'setup'` for a block that installs the
 * matchers of `@hcsc/testing` and has no tests: the other tests of this README have it as a set-up file.
 */
export function programsOf(root, readme) {
  const text = readFileSync(join(root, readme), 'utf8');
  const blocks = fencedBlocks(text);
  const installs = installedPackages(blocks);
  return blocks.flatMap(({ language, code, line, after }, i) => {
    if (language !== 'ts') return [];
    const next = blocks[i + 1];
    const printed = next?.language === 'text' && text.slice(after, next.start - 8).trim() === '' ? next : undefined;
    return [{ readme, line, code, installs, how: howToRun(code), prints: printed?.code, printsAt: printed }];
  });
}

function howToRun(code) {
  const names = importedPackages(code);
  if (!names.includes('vitest') && !names.includes('@hcsc/testing')) return 'node';
  if (/\binstallMatchers\(/.test(code) && !/\b(it|test|describe|test[A-Z]\w*)\(/.test(code)) return 'setup';
  return /\b(it|test|describe|test[A-Z]\w*)\(/.test(code) ? 'vitest' : 'node';
}
