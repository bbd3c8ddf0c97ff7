import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  importBackbone,
  inspectWeights,
  openSafetensors,
  readLayersModel,
  readSafetensors,
  readTorch,
} from './index.js';
import { openFile } from './open-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-open-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

test('a file is opened, behind a link too', async () => {
  writeFileSync(at('file'), 'text');
  symlinkSync(at('file'), at('link'));
  for (const path of [at('file'), at('link')]) {
    const file = await openFile(path);
    expect(await file.readFile('utf8')).toBe('text');
    await file.close();
  }
});

describe.runIf(process.platform !== 'win32')('what is no file is refused at once', () => {
  const readers: [string, (path: string) => Promise<unknown>][] = [
    ['readSafetensors', readSafetensors],
    ['openSafetensors', openSafetensors],
    ['readTorch', readTorch],
    ['inspectWeights', inspectWeights],
    ['importBackbone', importBackbone],
  ];

  test.each(readers)('by %s: a pipe nobody writes to, a folder, a device', async (_, read) => {
    execFileSync('mkfifo', [at('pipe.pth')]);
    await expect(read(at('pipe.pth'))).rejects.toThrow(/^Cannot read .*pipe\.pth: it is no file/);
    await expect(read('/dev/zero')).rejects.toThrow(/^Cannot read .*\/dev\/zero: it is no file/);
    mkdirSync(at('folder'));
    await expect(read(at('folder'))).rejects.toThrow(/^Cannot read .*folder: (?:it is no file|needed model\.json)/);
  });

  test('by readLayersModel: pipes in the place of model.json and of the weights', async () => {
    execFileSync('mkfifo', [at('model.json')]);
    for (const read of [readLayersModel, inspectWeights, importBackbone]) {
      await expect(read(folder)).rejects.toThrow(/needed model\.json .*: it is no file/);
    }
    rmSync(at('model.json'));
    execFileSync('mkfifo', [at('weights.bin')]);
    const weightsManifest = [{ paths: ['weights.bin'], weights: [] }];
    writeFileSync(at('model.json'), JSON.stringify({ modelTopology: {}, weightsManifest }));
    await expect(readLayersModel(folder)).rejects.toThrow(/weights\.bin is no file/);
  });
});
