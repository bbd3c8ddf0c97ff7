import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of each test's own; a test file that imports it has it made before each test and taken away after it. */
export let folder: string;
/** Where such a test writes its file. */
export let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  path = join(folder, 'some.safetensors');
});

afterEach(() => rm(folder, { recursive: true }));
