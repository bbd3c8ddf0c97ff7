// The check of a clean install finds what an install must not bring.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { installersIn } from './clean-install.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-installers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function make(path, manifest) {
  mkdirSync(join(folder, 'node_modules', path), { recursive: true });
  writeFileSync(join(folder, 'node_modules', path, 'package.json'), JSON.stringify(manifest));
}

it('finds no installer where there is none', () => {
  assert.deepEqual(installersIn(folder), []);
  make('a', { name: 'a', scripts: { test: 'x', prepare: 'x' } });
  make('koffi', { name: 'koffi', scripts: { install: 'x' } });
  make('@tensorflow/tfjs-core', { name: '@tensorflow/tfjs-core' });
  assert.deepEqual(installersIn(folder), []);
});

it("finds tfjs-node and other people's installers, however deep", () => {
  make('@tensorflow/tfjs-node', { name: '@tensorflow/tfjs-node', scripts: { install: 'x' } });
  make('a/node_modules/b', { name: 'b', scripts: { postinstall: 'x' } });
  make('a', { name: 'a' });
  make('.pnpm/@tensorflow+tfjs-node-gpu@4/node_modules/@tensorflow/tfjs-node-gpu', {
    name: '@tensorflow/tfjs-node-gpu',
  });
  assert.deepEqual(installersIn(folder).sort(), [
    '@tensorflow/tfjs-node came along',
    '@tensorflow/tfjs-node has a script install',
    '@tensorflow/tfjs-node-gpu came along',
    'b has a script postinstall',
  ]);
});
