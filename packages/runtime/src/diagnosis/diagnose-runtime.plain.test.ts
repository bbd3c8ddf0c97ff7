import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedLibrary } from '../native/find/cached-library.js';
import { libraryFiles } from '../native/find/library-files.js';
import { pinnedWheel } from '../native/install/pinned-wheel.js';
import { diagnoseRuntime } from './diagnose-runtime.js';
import { installedPackage } from './installed-package.js';
import { describeProcessor } from './processor.js';

let home: string;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-diagnosis-'));
  environment = { HOME: home, PATH: join(home, 'bin') };
});
afterEach(() => rmSync(home, { recursive: true }));

/** A folder that looks like TensorFlow's, and does not load. */
function makeLibrary(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const file of libraryFiles) writeFileSync(join(folder, file), 'no library');
  return folder;
}

function makePython(name: string, answer: object): string {
  mkdirSync(join(home, 'bin'), { recursive: true });
  const path = join(home, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('diagnoseRuntime', () => {
  it('says what brings a library where there is none', async () => {
    const python = makePython('python3', {});
    const { native, libraries, node, koffi } = await diagnoseRuntime({ environment });
    const fetches = pinnedWheel() !== undefined;
    expect(native).toMatchObject({ works: false, detail: "TensorFlow's library is not there" });
    expect(native.remedy).toBe(fetches ? 'npx hcsc runtime install' : 'python3 -m pip install tensorflow');
    expect(libraries.slice(0, 2)).toEqual([
      expect.objectContaining({
        source: 'python',
        place: python,
        verdict: 'unusable',
        problem: 'has no tensorflow',
        remedy: expect.stringMatching(`^${python} -m pip install --upgrade tensorflow`),
      }),
      expect.objectContaining({ source: 'cache', verdict: 'unusable', problem: 'is not there' }),
    ]);
    expect(libraries.slice(2).map(({ place }) => place)).toEqual([
      '@tensorflow/tfjs-node-gpu',
      '@tensorflow/tfjs-node',
    ]);
    expect(node.works).toBe(true);
    expect(koffi).toEqual({ works: true, detail: expect.stringMatching(/^\d+\.\d+/) });
  });

  it('says which library would be used and does not load, and what replaces it', async () => {
    const python = makePython('python3', { version: '2.20.0', folder: makeLibrary(join(home, 'tensorflow')) });
    const cached = makeLibrary(cachedLibrary(environment));
    const { native, libraries } = await diagnoseRuntime({ environment });
    expect(libraries[0]).toMatchObject({
      verdict: 'used',
      version: '2.20.0',
      problem: expect.stringMatching('Failed to load'),
    });
    expect(native.works).toBe(false);
    expect(native.detail).toContain(`in ${join(home, 'tensorflow')} does not load: Failed to load`);
    expect(native.remedy).toMatch(`${python} -m pip install --force-reinstall --no-deps tensorflow`);
    expect(libraries[1]).toMatchObject({
      verdict: 'unusable',
      remedy: `rm -r ${cached} && npx hcsc runtime install`,
    });
  });

  it('looks nowhere else if a path is given', async () => {
    environment.HCSC_TENSORFLOW = join(home, 'nothing');
    const { native, libraries } = await diagnoseRuntime({ environment });
    expect(libraries).toEqual([
      expect.objectContaining({
        source: 'path',
        place: 'HCSC_TENSORFLOW',
        verdict: 'unusable',
        remedy: 'unset HCSC_TENSORFLOW',
      }),
    ]);
    expect(native.works).toBe(false);
  });

  it('knows which packages of TensorFlow.js there are', async () => {
    const { packages } = await diagnoseRuntime({ environment });
    for (const part of ['core', 'layers', 'backend-wasm', 'backend-cpu'] as const) {
      expect(packages[`@tensorflow/tfjs-${part}`]).toEqual({ works: true, detail: expect.stringMatching(/^4\./) });
    }
    expect(installedPackage('@tensorflow/tfjs-none')).toEqual({
      works: false,
      detail: 'not installed',
      remedy: 'npm install @tensorflow/tfjs-none',
    });
  });
});

describe('describeProcessor', () => {
  it('reads the instruction sets that matter', () => {
    const x64 = 'processor\t: 0\nflags\t\t: fpu sse2 avx2 fma avx512f avx512_bf16 amx_bf16 rdrand\nbugs\t\t: none\n';
    expect(describeProcessor(x64).instructions).toEqual(['avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16']);
    const arm64 = 'processor\t: 0\nFeatures\t: fp asimd crc32 asimddp sve bf16\n';
    expect(describeProcessor(arm64).instructions).toEqual(['asimd', 'asimddp', 'sve', 'bf16']);
    expect(describeProcessor('').instructions).toEqual([]);
    expect(describeProcessor().cores).toBeGreaterThan(0);
  });
});
