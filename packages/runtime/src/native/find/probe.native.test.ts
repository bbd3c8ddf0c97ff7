import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findNativeLibrary } from './find-native-library.js';
import { libraryFiles } from './library-files.js';
import { probeLibrary } from './probe.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-probe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('says what a library is that can be used', () => {
  const { version, devices, problem } = probeLibrary(findNativeLibrary()!.folder);
  expect(problem).toBeUndefined();
  expect(version).toMatch(/^2\.\d+\./);
  expect(devices).toContainEqual({ name: expect.stringContaining('CPU:0'), type: 'CPU' });
});

it('says so if it is not there, or is no library', () => {
  expect(probeLibrary(folder)).toEqual({ problem: 'it is not there' });
  for (const file of libraryFiles) writeFileSync(join(folder, file), 'no library');
  expect(probeLibrary(folder).problem).toMatch(/^Failed to load shared library/);
});

it('says which functions are missing', () => {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  const other = sharedObjects.find((path) => /\/libm[-.]/.test(path) || path.endsWith('.dylib'))!;
  for (const file of libraryFiles) symlinkSync(other, join(folder, file));
  expect(probeLibrary(folder).problem).toBe('it lacks TF_Version, TF_NewStatus, TF_DeleteStatus, …');
});
