import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadCApi } from './c-api.js';
import { findNativeLibrary } from './find/find-native-library.js';
import { quietly } from './quietly.js';

const api = loadCApi(findNativeLibrary()!.folder);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-quietly-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What reaches standard error while `run` is running. */
function standardError(run: () => void): string {
  const path = join(folder, 'stderr');
  const file = openSync(path, 'w');
  const before = api.dup(2);
  api.dup2(file, 2);
  try {
    run();
  } finally {
    api.dup2(before, 2);
    api.close(before);
    closeSync(file);
  }
  return readFileSync(path, 'utf8');
}

const noise = () => writeSync(2, 'noise');

it('holds back what is written meanwhile, and no more, also if it throws', () => {
  const told = standardError(() => {
    expect(quietly(api, noise)).toBe(5);
    expect(() =>
      quietly(api, () => {
        noise();
        throw new Error('failed');
      }),
    ).toThrow('failed');
    writeSync(2, 'after');
  });
  expect(told).toBe('after');
});

it('lets it through for who wants to see it', () => {
  vi.stubEnv('HCSC_DEBUG', '1');
  expect(standardError(() => quietly(api, noise))).toBe('noise');
});
