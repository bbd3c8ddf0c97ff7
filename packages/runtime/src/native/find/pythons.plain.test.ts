import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pythonsOnPath } from './pythons.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-pythons-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Files in a folder; one written `a -> b` is a link to b. */
function make(folder: string, ...files: string[]): string {
  const path = join(home, folder);
  mkdirSync(path, { recursive: true });
  for (const file of files) {
    const [from, to] = file.split(' -> ') as [string, string | undefined];
    if (to === undefined) writeFileSync(join(path, from), from);
    else symlinkSync(to, join(path, from));
  }
  return path;
}

const found = (environment: NodeJS.ProcessEnv) => pythonsOnPath(environment).map((path) => path.slice(home.length + 1));

it('finds nothing without PATH, and passes over folders that are not there', () => {
  expect(found({})).toEqual([]);
  expect(found({ PATH: join(home, 'nowhere') })).toEqual([]);
});

it('takes python3 and python as PATH finds them first, then the others, the newest first', () => {
  const first = make('a', 'python3.9', 'python3.13', 'python3.8', 'python2', 'python3-config', 'pythonw');
  const second = make('b', 'python', 'python3');
  const third = make('c', 'python3');
  expect(found({ PATH: [first, second, third].join(':') })).toEqual([
    'b/python3',
    'b/python',
    'a/python3.13',
    'a/python3.9',
    'c/python3',
  ]);
});

it('counts names of one program in one folder once, but a virtual environment of its own', () => {
  const system = make('usr', 'python3.11', 'python3 -> python3.11', 'python -> python3');
  const venv = make('venv/bin', 'python -> ../../usr/python3.11', 'python3 -> python', 'python3.11 -> python');
  symlinkSync(system, join(home, 'bin'));
  expect(found({ PATH: [venv, system, join(home, 'bin')].join(':') })).toEqual(['venv/bin/python3', 'usr/python3']);
});

it('takes the active virtual environment first, on PATH or not', () => {
  const system = make('usr', 'python3');
  make('venv/bin', 'python');
  expect(found({ PATH: system, VIRTUAL_ENV: join(home, 'venv') })).toEqual(['venv/bin/python', 'usr/python3']);
});
