import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findNativeLibrary } from './find-native-library.js';
import { libraryFiles, libraryPaths, plainLibraryFile } from './library-files.js';
import { tfjsNodeLibraries } from './tfjs-node-library.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-tfjs-node-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** An installed package; with files, one that has its library. */
function makePackage(name: string, framework?: string, api?: string): string {
  const folder = join(home, 'node_modules/@tensorflow', name);
  const lib = join(folder, 'deps/lib');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  if (framework !== undefined) symlinkSync(framework, join(lib, libraryFiles[0]));
  if (api !== undefined) symlinkSync(api, join(lib, plainLibraryFile));
  return lib;
}

const look = () => [...tfjsNodeLibraries([`${home}/`])];

it('takes a library that has all functions, that for GPUs first', () => {
  const [framework, api] = libraryPaths(findNativeLibrary()!.folder)!;
  const cpu = makePackage('tfjs-node', framework, api);
  const gpu = makePackage('tfjs-node-gpu', framework, api);
  const version = expect.stringMatching(/^2\./);
  expect(look()).toEqual([
    { name: '@tensorflow/tfjs-node-gpu', folder: gpu, version },
    { name: '@tensorflow/tfjs-node', folder: cpu, version },
  ]);
});

it('passes over one whose installer has not run, and one that does not load', () => {
  makePackage('tfjs-node-gpu');
  const folder = makePackage('tfjs-node', '/dev/null', '/dev/null');
  const [gpu, cpu] = look();
  expect(gpu?.problem).toBe('is installed without its library: its installer has not run');
  expect(cpu).toMatchObject({ folder, problem: expect.stringContaining('cannot be used: ') });
});
