import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraryFiles } from './c-api.js';
import { cachedLibrary, findNativeLibrary } from './library.js';
import { NativeLibraryError } from './library-error.js';

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

/** A program on PATH that prints what Python would print when asked for TensorFlow. */
function makePython(name: string, version: string, folder: string): void {
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', name), `#!/bin/sh\necho '${version} ${folder}'\n`);
  chmodSync(join(home, 'bin', name), 0o755);
}

describe('findNativeLibrary', () => {
  it('finds nothing where nothing is', () => {
    expect(findNativeLibrary({ environment })).toBeNull();
  });

  it('takes a path before Python, Python before the cache', () => {
    const cached = makeLibrary('.cache/hcsc/tensorflow-2.21.0');
    expect(findNativeLibrary({ environment })).toEqual({ folder: cached, source: 'cache' });
    const python = makeLibrary('site packages', 'tensorflow');
    makePython('python3', '2.19.1', python);
    expect(findNativeLibrary({ environment })).toEqual({ folder: python, source: 'python' });
    const fromEnvironment = makeLibrary('elsewhere');
    environment.HCSC_TENSORFLOW = fromEnvironment;
    expect(findNativeLibrary({ environment })).toEqual({ folder: fromEnvironment, source: 'path' });
    const given = makeLibrary('given');
    expect(findNativeLibrary({ environment, libraryPath: given })).toEqual({ folder: given, source: 'path' });
  });

  it('honours XDG_CACHE_HOME', () => {
    environment.XDG_CACHE_HOME = join(home, 'xdg');
    expect(cachedLibrary(environment)).toBe(join(home, 'xdg/hcsc/tensorflow-2.21.0'));
    const cached = makeLibrary('xdg/hcsc/tensorflow-2.21.0');
    expect(findNativeLibrary({ environment })).toEqual({ folder: cached, source: 'cache' });
  });

  it("asks 'python' where there is no 'python3'", () => {
    const python = makeLibrary('tensorflow');
    makePython('python', '2.16.0', python);
    expect(findNativeLibrary({ environment })).toEqual({ folder: python, source: 'python' });
  });

  it.each(['2.15.1', '1.15.0'])('passes over TensorFlow %s', (version) => {
    makePython('python3', version, makeLibrary('tensorflow'));
    expect(findNativeLibrary({ environment })).toBeNull();
  });

  it.each(['2.16.2', '3.0.0', '?'])('takes TensorFlow %s', (version) => {
    const folder = makeLibrary('tensorflow');
    makePython('python3', version, folder);
    expect(findNativeLibrary({ environment })).toEqual({ folder, source: 'python' });
  });

  it('passes over folders that hold half a library', () => {
    const half = makeLibrary('tensorflow');
    rmSync(join(half, libraryFiles[1]));
    makePython('python3', '2.21.0', half);
    rmSync(join(makeLibrary('.cache/hcsc/tensorflow-2.21.0'), libraryFiles[0]));
    expect(findNativeLibrary({ environment })).toBeNull();
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
