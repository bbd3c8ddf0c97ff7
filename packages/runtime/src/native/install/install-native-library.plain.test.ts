import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { libraryFiles } from '../find/library-files.js';
import { installNativeLibrary } from './install-native-library.js';
import { progressLines } from './install-progress.js';
import { pinnedWheel } from './pinned-wheel.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hcsc-install-'));
});
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(home, { recursive: true });
});

describe('installNativeLibrary', () => {
  it('leaves a library that is there alone', async () => {
    for (const file of libraryFiles) writeFileSync(join(home, file), '');
    expect(await installNativeLibrary({ folder: home })).toBe(home);
  });

  it('says where there is none', async () => {
    vi.stubGlobal('process', { ...process, platform: 'win32', arch: 'x64', env: process.env });
    mkdirSync(join(home, 'empty'));
    await expect(installNativeLibrary({ folder: join(home, 'empty') })).rejects.toThrow(
      'There is no TensorFlow 2.21.0 to fetch for win32 on x64: only for Linux (glibc) on x64 and arm64 and for macOS',
    );
  });
});

describe('pinnedWheel', () => {
  it.each([
    ['linux', 'x64', 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
    ['linux', 'arm64', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl'],
    ['darwin', 'arm64', 'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl'],
  ] as const)('has one for %s on %s', (platform, arch, file) => {
    expect(pinnedWheel(platform, arch)).toMatchObject({ file, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('has none for others', () => {
    expect(pinnedWheel('darwin', 'x64')).toBeUndefined();
    expect(pinnedWheel('win32', 'x64')).toBeUndefined();
  });
});

describe('progressLines', () => {
  const tell = (isTTY: boolean, log?: (line: string) => void) => {
    const written: string[] = [];
    const write = (line: string) => written.push(line) > 0;
    const progress = progressLines('TensorFlow', log, { isTTY, write } as unknown as NodeJS.WriteStream);
    for (const received of [0, 10e6, 20e6, 30e6, 100e6]) progress({ phase: 'fetching', received, total: 100e6 });
    progress({ phase: 'unpacking', received: 100e6, total: 100e6 });
    return written;
  };

  it('writes a line every fifth of the way', () => {
    const lines = ['0 of 100', '20 of 100', '100 of 100'].map((at) => `Fetching TensorFlow: ${at} MB`);
    expect(tell(false)).toEqual([...lines, 'Unpacking TensorFlow'].map((line) => `${line}\n`));
    const logged: string[] = [];
    tell(true, (line) => logged.push(line));
    expect(logged).toEqual([...lines, 'Unpacking TensorFlow']);
  });

  it('writes over its line on a terminal', () => {
    expect(tell(true).slice(3)).toEqual([
      '\rFetching TensorFlow: 30 of 100 MB',
      '\rFetching TensorFlow: 100 of 100 MB\n',
      'Unpacking TensorFlow\n',
    ]);
  });
});
