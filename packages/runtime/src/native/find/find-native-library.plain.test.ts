import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NativeLibraryError } from '../library-error.js';
import { cachedLibrary } from './cached-library.js';
import { libraryCandidates } from './candidates.js';
import { findNativeLibrary } from './find-native-library.js';
import { libraryFiles } from './library-files.js';

let home: string;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-library-'));
  environment = { HOME: home, PATH: join(home, 'bin') };
});
afterEach(() => rmSync(home, { recursive: true }));

/** A folder that looks like TensorFlow's. */
function makeLibrary(...path: string[]): string {
  const folder = join(home, ...path);
  mkdirSync(folder, { recursive: true });
  for (const file of libraryFiles) writeFileSync(join(folder, file), '');
  return folder;
}

/** The user's cache with a library in it. */
const makeCache = (at = cachedLibrary(environment)) => makeLibrary(at.slice(home.length));

/** A program on PATH that prints what Python would print when asked for TensorFlow, and notes that it ran. */
function makePython(path: string, answer: { version?: string; folder?: string } | string): string {
  const program = join(home, path);
  mkdirSync(join(program, '..'), { recursive: true });
  const text = typeof answer === 'string' ? answer : `echo '${JSON.stringify(answer)}'`;
  writeFileSync(program, `#!/bin/sh\necho 'a note of the site'\necho x >> '${program}.runs'\n${text}\n`);
  chmodSync(program, 0o755);
  return program;
}

const runs = (program: string) =>
  existsSync(`${program}.runs`) ? readFileSync(`${program}.runs`, 'utf8').trim().split('\n').length : 0;

const problems = () => [...libraryCandidates({ environment })].map(({ problem }) => problem);

describe('findNativeLibrary', () => {
  it('finds nothing where nothing is', () => {
    expect(findNativeLibrary({ environment })).toBeNull();
  });

  it('takes a path before Python, Python before the cache', () => {
    const cached = makeCache();
    expect(findNativeLibrary({ environment })).toEqual({ folder: cached, source: 'cache', place: cached });
    const folder = makeLibrary('site packages', 'tensorflow');
    const python = makePython('bin/python3', { version: '2.19.1', folder });
    expect(findNativeLibrary({ environment })).toEqual({ folder, source: 'python', place: python });
    const fromEnvironment = makeLibrary('elsewhere');
    environment.HCSC_TENSORFLOW = fromEnvironment;
    expect(findNativeLibrary({ environment })).toEqual({
      folder: fromEnvironment,
      source: 'path',
      place: 'HCSC_TENSORFLOW',
    });
    const given = makeLibrary('given');
    expect(findNativeLibrary({ environment, libraryPath: given })).toMatchObject({ folder: given, source: 'path' });
  });

  it.each([
    ['linux', '.cache/hcsc/tensorflow-2.21.0'],
    ['darwin', 'Library/Caches/hcsc/tensorflow-2.21.0'],
  ] as const)("has the user's cache where %s has it", (platform, folder) => {
    expect(cachedLibrary(environment, platform)).toBe(join(home, folder));
    environment.XDG_CACHE_HOME = join(home, 'xdg');
    expect(cachedLibrary(environment, platform)).toBe(join(home, 'xdg/hcsc/tensorflow-2.21.0'));
  });

  it('asks every Python on PATH until one has it, and no other after that', () => {
    const none = makePython('bin/python3', {});
    const broken = makePython('bin/python', 'exit 1');
    const folder = makeLibrary('tensorflow');
    const good = makePython('bin/python3.12', { version: '2.20.0', folder });
    const after = makePython('bin/python3.11', { version: '2.21.0', folder });
    makeCache();
    expect(findNativeLibrary({ environment })).toEqual({ folder, source: 'python', place: good });
    expect([none, broken, good, after].map(runs)).toEqual([1, 1, 1, 0]);
  });

  it('asks the active virtual environment first', () => {
    const folder = makeLibrary('venv/lib/python3.12/site-packages/tensorflow');
    makePython('bin/python3', { version: '2.21.0', folder: makeLibrary('tensorflow') });
    const python = makePython('venv/bin/python3', { version: '2.17.0', folder });
    environment.VIRTUAL_ENV = join(home, 'venv');
    expect(findNativeLibrary({ environment })).toEqual({ folder, source: 'python', place: python });
  });

  it.each(['2.15.1', '1.15.0'])('passes over TensorFlow %s', (version) => {
    makePython('bin/python3', { version, folder: makeLibrary('tensorflow') });
    expect(findNativeLibrary({ environment })).toBeNull();
    expect(problems()[0]).toBe('is too old: its wheel has the C library from 2.16 on');
  });

  it.each(['2.16.2', '3.0.0', undefined])('takes TensorFlow %s', (version) => {
    const folder = makeLibrary('tensorflow');
    makePython('bin/python3', { version, folder });
    expect(findNativeLibrary({ environment })).toMatchObject({ folder, source: 'python' });
  });

  it('passes over folders that hold half a library', () => {
    const half = makeLibrary('tensorflow');
    rmSync(join(half, libraryFiles[1]));
    makePython('bin/python3', { version: '2.21.0', folder: half });
    rmSync(join(makeCache(), libraryFiles[0]));
    expect(findNativeLibrary({ environment })).toBeNull();
    expect(problems().slice(0, 2)).toEqual([`lacks ${libraryFiles.join(' or ')}`, 'is not there']);
  });

  it('says why a Python is of no use', () => {
    makePython('bin/python3', {});
    makePython('bin/python', 'exit 1');
    makePython('bin/python3.12', 'echo nonsense');
    expect(problems().slice(0, 3)).toEqual(['has no tensorflow', 'does not run', 'has no tensorflow']);
  });

  it('says so if a path that was given holds no library', () => {
    const libraryPath = join(home, 'nothing');
    expect(() => findNativeLibrary({ environment, libraryPath })).toThrow(NativeLibraryError);
    expect(() => findNativeLibrary({ environment, libraryPath })).toThrow(
      `libraryPath is ${libraryPath}, which does not`,
    );
    environment.HCSC_TENSORFLOW = libraryPath;
    expect(() => findNativeLibrary({ environment })).toThrow(`HCSC_TENSORFLOW is ${libraryPath}, which does not hold`);
  });
});
