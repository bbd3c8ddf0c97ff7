import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectWeights } from './inspect-weights.js';
import { weightsFileName } from './layers-model/weights-file-name.js';
import { op, zipFile } from './torch/torch-files.fixture.js';
import { writeTorch } from './torch/write-torch.js';
import { writeSafetensors } from './write-safetensors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-inspect-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

const tensors = {
  'module.encoder_q.conv1.weight': { dtype: 'float16', shape: [2, 1, 3, 3], data: new Uint16Array(18) },
  'module.encoder_q.layer1.0.conv1.weight': { dtype: 'float32', shape: [2, 2, 3, 3], data: new Float32Array(36) },
  'module.queue_ptr': { dtype: 'int64', shape: [1], data: new BigInt64Array(1) },
} as const;
const listed = Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape: [...shape] }));

test('a safetensors file: with a checksum, without, and altered', async () => {
  await writeSafetensors(at('a'), tensors, { metadata: { epoch: '3' }, checksum: true });
  const found = await inspectWeights(at('a'));
  expect(found).toMatchObject({
    ...{ kind: 'safetensors', path: at('a'), layout: 'moco', prefix: 'module.encoder_q.', checksum: true },
    ...{ values: 55, bytes: 36 + 144 + 8, metadata: { epoch: '3' } },
  });
  expect([...found.tensors].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(listed);
  await writeSafetensors(at('b'), { weight: tensors['module.queue_ptr'] });
  expect(await inspectWeights(at('b'))).toMatchObject({ layout: null, prefix: null, checksum: false, metadata: {} });
  const bytes = readFileSync(at('a'));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(at('a'), bytes);
  await expect(inspectWeights(at('a'))).rejects.toThrow(/SHA-256/);
});

test('a PyTorch file, with the plain values beside its state dict', async () => {
  await writeTorch(at('a.pth.tar'), tensors, { value: { epoch: 200, arch: 'resnet18', optimizer: { lr: 0.1 } } });
  expect(await inspectWeights(at('a.pth.tar'))).toEqual({
    ...{ kind: 'torch', path: at('a.pth.tar'), layout: 'moco', prefix: 'module.encoder_q.', checksum: true },
    ...{ values: 55, bytes: 188, metadata: { epoch: '200', arch: 'resnet18' }, tensors: listed },
  });
});

test('a PyTorch file that is one object, or holds some', async () => {
  const objects = { objects: 'skip' } as const;
  writeFileSync(at('whole.pth'), zipFile(op.pickle(op.call(op.global('a', 'Model'))), {}));
  expect(await inspectWeights(at('whole.pth'), { torch: objects })).toMatchObject({
    ...{ tensors: [], values: 0, metadata: { file: '(left out: a.Model)' } },
  });
  const args = op.call(op.global('argparse', 'Namespace'));
  writeFileSync(at('some.pth'), zipFile(op.pickle(op.dict({ epoch: op.int(3), args, more: op.dict({}) })), {}));
  const { metadata } = await inspectWeights(at('some.pth'), { torch: objects });
  expect(metadata).toEqual({ epoch: '3', args: '(left out: argparse.Namespace)' });
});

test('a checkpoint of this project', async () => {
  const names = ['method/query/conv1.kernel', 'method/query/layer1.0.conv1.kernel'];
  await writeSafetensors(at('a'), Object.fromEntries(names.map((name) => [name, tensors['module.queue_ptr']])));
  expect(await inspectWeights(at('a'))).toMatchObject({ layout: null });
  const { 'module.encoder_q.layer1.0.conv1.weight': kernel } = tensors;
  await writeSafetensors(at('a'), Object.fromEntries(names.map((name) => [name, kernel])));
  expect(await inspectWeights(at('a'))).toMatchObject({ layout: 'hcsc', prefix: 'method/query/' });
});

test('a model folder, and the run folder around it', async () => {
  const weights = new Uint8Array(4 * 27);
  const name = weightsFileName(weights);
  const specs = [
    { name: 'conv1/kernel', dtype: 'float32', shape: [3, 3, 1, 1] },
    { name: 'layer1.0.conv1/kernel', dtype: 'float32', shape: [3, 3, 1, 2] },
  ];
  const json = { format: 'layers-model', modelTopology: {}, weightsManifest: [{ paths: [name], weights: specs }] };
  mkdirSync(at('encoder'));
  writeFileSync(at('encoder/model.json'), JSON.stringify(json));
  writeFileSync(at(`encoder/${name}`), weights);
  const expected = {
    ...{ kind: 'layers-model', path: at('encoder'), layout: 'hcsc', prefix: '', checksum: true, tensors: specs },
    ...{ values: 27, bytes: 108, metadata: { format: 'layers-model' } },
  };
  expect(await inspectWeights(at('encoder'))).toEqual(expected);
  expect(await inspectWeights(folder)).toEqual(expected);
  writeFileSync(at(`encoder/${name}`), weights.fill(1));
  await expect(inspectWeights(folder)).rejects.toThrow(/was altered or torn/);
});

test('a file whose header is as long as a pickle’s first byte', async () => {
  const name = 'w'.repeat(68);
  await writeSafetensors(at('a'), { [name]: { dtype: 'float32', shape: [1], data: new Float32Array(1) } });
  expect(readFileSync(at('a'))[0]).toBe(0x80);
  expect((await inspectWeights(at('a'))).kind).toBe('safetensors');
});

test('what is not there, or nothing of the kind', async () => {
  await expect(inspectWeights(at('none'))).rejects.toThrow(/it is not there$/);
  await expect(inspectWeights(folder)).rejects.toThrow(/needed model\.json in it, or encoder\/model\.json$/);
  writeFileSync(at('text.txt'), 'some text');
  await expect(inspectWeights(at('text.txt'))).rejects.toThrow(/begins like no PyTorch file/);
});
