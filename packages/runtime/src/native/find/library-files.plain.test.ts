import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-files-'));
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

const touch = (...files: string[]) => {
  for (const file of files) writeFileSync(join(folder, file), '');
};
const on = async (platform: NodeJS.Platform) => {
  vi.stubGlobal('process', { ...process, platform });
  return import('./library-files.js');
};

it('knows the names that Linux has, the wheels first', async () => {
  const { libraryPaths } = await on('linux');
  touch('libtensorflow_framework.so.2');
  expect(libraryPaths(folder)).toBeNull();
  touch('libtensorflow.so.2');
  expect(libraryPaths(folder)).toEqual([
    join(folder, 'libtensorflow_framework.so.2'),
    join(folder, 'libtensorflow.so.2'),
  ]);
  touch('libtensorflow_cc.so.2');
  expect(libraryPaths(folder)?.[1]).toBe(join(folder, 'libtensorflow_cc.so.2'));
});

it('knows the names that macOS has', async () => {
  const { libraryPaths, holdsLibrary } = await on('darwin');
  touch('libtensorflow_framework.so.2', 'libtensorflow_cc.so.2', 'libtensorflow_cc.2.dylib');
  expect(holdsLibrary(folder)).toBe(false);
  touch('libtensorflow_framework.2.dylib');
  expect(libraryPaths(folder)).toEqual([
    join(folder, 'libtensorflow_framework.2.dylib'),
    join(folder, 'libtensorflow_cc.2.dylib'),
  ]);
});
