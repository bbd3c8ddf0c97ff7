import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { DataFileError } from './data-file-error.js';

/** A folder for the files of one test file, removed when its tests have run. */
export function temporaryFolder(): { readonly path: string; write(name: string, bytes: Uint8Array | string): string } {
  const path = mkdtempSync(join(tmpdir(), 'hcsc-data-'));
  afterAll(() => rmSync(path, { recursive: true }));
  return {
    path,
    write(name, bytes) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
      return file;
    },
  };
}

/** The DataFileError that a promise rejects with. */
export async function faultOf(promise: Promise<unknown>): Promise<DataFileError> {
  const error = await promise.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(DataFileError);
  return error as DataFileError;
}
