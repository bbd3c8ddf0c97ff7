import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linear, mlp, parameterNames, readParameters, resnet, withHead } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveLayersModel } from '../layers-model/save-layers-model.js';
import { readSafetensors } from '../read-safetensors.js';
import { readTorch } from '../torch/read-torch.js';
import { writeTorch } from '../torch/write-torch.js';
import { writeSafetensors } from '../write-safetensors.js';
import { exportBackbone } from './export-backbone.js';
import { importBackbone } from './import-backbone.js';

let folder: string;
let before: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-backbone-'));
  before = memory().numTensors;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  expect(memory().numTensors).toBe(before);
});

/** A small ResNet that no default describes, and has seen a batch: its running statistics are its own. */
function trained(options: { bottleneck?: boolean } = {}): LayersModel {
  const rng = createRng(5);
  const backbone = resnet({ blocks: [2, 1], widths: [3, 4], stem: 'cifar', inputShape: [12, 10, 2], rng, ...options });
  const images = rng.normalTensor([4, 12, 10, 2]);
  dispose([backbone.apply(images, { training: true }) as Tensor, images]);
  return backbone;
}

/** Asserts that two models give the same features, and disposes the second. */
function sameFeatures(original: LayersModel, copy: LayersModel): void {
  const images = createRng(9).normalTensor([2, 12, 10, 2]);
  const [expected, features] = [original, copy].map((model) => model.predict(images) as Tensor);
  expect(features!).toBeAllclose(expected!, 0);
  dispose([images, expected!, features!]);
  copy.dispose();
}

const stored = async (model: LayersModel, name = (own: string) => own) =>
  Object.fromEntries(
    Object.entries(await readParameters(model)).map(([own, value]) => [
      name(own),
      { dtype: 'float32' as const, ...value },
    ]),
  );

describe('an exported backbone is imported again', () => {
  test.each([
    ['backbone.safetensors', 'safetensors', 'torchvision', false],
    ['backbone.pth', 'torch', 'torchvision', false],
    ['backbone.pth.tar', 'torch', 'torchvision', true],
    ['backbone', 'layers-model', 'layers-model', false],
    ['model.v2', 'layers-model', 'layers-model', true],
  ] as const)('%s', async (name, kind, layout, bottleneck) => {
    const path = join(folder, name);
    const backbone = trained({ bottleneck });
    const encoder = withHead(backbone, mlp({ hidden: 6, units: 5 }));
    await exportBackbone(encoder, path);
    const inputShape = kind === 'layers-model' ? undefined : ([12, 10, 2] as const);
    const { model, report } = await importBackbone(path, { inputShape });
    expect(report).toEqual({
      ...{ kind, layout, prefix: '', dropped: [], unexpected: [] },
      loaded: expect.arrayContaining(parameterNames(backbone)),
    });
    expect(parameterNames(model)).toEqual(parameterNames(backbone));
    sameFeatures(backbone, model);
    encoder.dispose();
  });

  test('the format can be given whatever the path ends in', async () => {
    const backbone = trained();
    await exportBackbone(backbone, join(folder, 'weights.bin'), { format: 'safetensors' });
    const { model, report } = await importBackbone(join(folder, 'weights.bin'));
    expect(report.kind).toBe('safetensors');
    for (const one of [backbone, model]) one.dispose();
  });

  test('files have PyTorch’s layout and say so', async () => {
    const backbone = trained();
    await exportBackbone(backbone, join(folder, 'a.safetensors'));
    await exportBackbone(backbone, join(folder, 'a.pth'));
    const { tensors, metadata } = await readSafetensors(join(folder, 'a.safetensors'));
    expect(metadata).toMatchObject({ format: 'pt', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(tensors['layer2.0.downsample.0.weight']?.shape).toEqual([4, 3, 1, 1]);
    expect((await readTorch(join(folder, 'a.pth'))).tensors).toEqual(tensors);
    expect(readdirSync(folder).sort()).toEqual(['a.pth', 'a.safetensors']);
    backbone.dispose();
  });
});

describe('what comes with a backbone', () => {
  const options = { inputShape: [12, 10, 2] } as const;

  test('a checkpoint of MoCo: the query encoder, or the key encoder', async () => {
    const [query, key] = [trained(), resnetOf(7)];
    const path = join(folder, 'checkpoint.pth.tar');
    const queue = { dtype: 'float32' as const, shape: [1], data: new Float32Array(1) };
    const state = {
      ...(await stored(query, (name) => `module.encoder_q.${name}`)),
      ...(await stored(key, (name) => `module.encoder_k.${name}`)),
      ...{ 'module.queue': queue, 'module.encoder_q.fc.0.weight': queue, 'module.mystery': queue },
    };
    await writeTorch(path, state, { value: { epoch: 200 } });
    const { model, report } = await importBackbone(path, options);
    expect(report).toMatchObject({ layout: 'moco', prefix: 'module.encoder_q.', unexpected: ['module.mystery'] });
    expect(report.dropped).toContainEqual({ name: 'module.queue', why: 'queue' });
    expect(report.dropped).toContainEqual({ name: 'module.encoder_q.fc.0.weight', why: 'projection head' });
    sameFeatures(query, model);
    sameFeatures(key, (await importBackbone(path, { ...options, encoder: 'key' })).model);
    sameFeatures(key, (await importBackbone(path, { ...options, prefix: 'module.encoder_k.' })).model);
    await expect(importBackbone(path, { ...options, strict: true })).rejects.toThrow(
      `Cannot import a backbone from ${path}: 1 of its tensors are not of the ResNet (module.mystery)`,
    );
    query.dispose();
    key.dispose();
  });

  test('half-precision weights', async () => {
    const path = join(folder, 'half.safetensors');
    const backbone = resnetOf(1);
    const state = await stored(backbone);
    const data = new Uint16Array(state['bn1.weight']!.data.length).fill(0x3c00); // ones, as they are
    await writeSafetensors(path, { ...state, 'bn1.weight': { dtype: 'float16', shape: [data.length], data } });
    sameFeatures(backbone, (await importBackbone(path, options)).model);
    backbone.dispose();
  });

  test('a run folder, whose encoder has a head; its batch norms keep their epsilon', async () => {
    const batchNorm = { epsilon: 0.1 };
    const backbone = resnet({ blocks: [1], widths: [3], stem: 'cifar', inputShape: [12, 10, 2], batchNorm });
    const encoder = withHead(backbone, linear({ units: 4 }));
    await saveLayersModel(encoder, join(folder, 'encoder'));
    const { model, report } = await importBackbone(folder);
    expect(model.name).toBe('resnet');
    expect(report.dropped).toEqual(['fc.weight', 'fc.bias'].map((name) => ({ name, why: 'projection head' })));
    sameFeatures(backbone, model);
    encoder.dispose();
  });
});

function resnetOf(seed: number): LayersModel {
  const rng = createRng(seed);
  return resnet({ blocks: [1, 1], widths: [3, 4], stem: 'cifar', inputShape: [12, 10, 2], rng });
}

describe('what is no backbone is refused, and nothing stays in memory', () => {
  const at = (name: string) => join(folder, name);

  test('weights that are missing', async () => {
    const backbone = resnetOf(1);
    const { 'bn1.running_mean': _, ...rest } = await stored(backbone);
    await writeSafetensors(at('a.safetensors'), rest);
    backbone.dispose();
    await expect(importBackbone(at('a.safetensors'))).rejects.toThrow(/1 weights are missing: bn1\.running_mean$/);
  });

  test('weights of a training that diverged', async () => {
    const backbone = resnetOf(1);
    const state = await stored(backbone);
    const { shape } = state['bn1.weight']!;
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const diverged = { dtype: 'float32' as const, shape, data: Float32Array.of(1, value, 1) };
      await writeTorch(at('a.pth'), { ...state, 'bn1.weight': diverged });
      await expect(importBackbone(at('a.pth'))).rejects.toThrow(
        `a.pth: value 1 of bn1.weight is ${value}, needed finite weights`,
      );
    }
    backbone.dispose();
  });

  test('shapes of no ResNet, names of none', async () => {
    const backbone = resnetOf(1);
    const all = await stored(backbone);
    backbone.dispose();
    const data = new Float32Array(4);
    await writeTorch(at('a.pth'), { ...all, 'layer2.0.conv1.weight': { dtype: 'float32', shape: [4, 1, 1, 1], data } });
    await expect(importBackbone(at('a.pth'))).rejects.toThrow(
      /^Cannot import a backbone from .*a\.pth: .*layer2\.0\.conv1\.weight should be \[4, 3, 3, 3\]/,
    );
    await writeTorch(at('b.pth'), { weight: { dtype: 'float32', shape: [4], data } });
    await expect(importBackbone(at('b.pth'))).rejects.toThrow(/b\.pth: Cannot find a ResNet: tried/);
  });

  test('a model without pooled features, read or written', async () => {
    const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    await expect(exportBackbone(model, at('a.pth'))).rejects.toThrow(RangeError);
    await saveLayersModel(model, at('dense'));
    model.dispose();
    await expect(importBackbone(at('dense'))).rejects.toThrow(/Cannot import a backbone from .*dense: .*'pooled'/);
    expect(readdirSync(folder)).toEqual(['dense']);
  });

  test('options that a model folder answers itself', async () => {
    const backbone = resnetOf(1);
    await saveLayersModel(backbone, folder);
    backbone.dispose();
    await expect(importBackbone(folder, { encoder: 'key' })).rejects.toThrow(/encoder cannot be given$/);
  });

  test('nothing, an empty folder, other files, damaged ones', async () => {
    await expect(importBackbone(at('none'))).rejects.toThrow(/Cannot read weights from .*none: it is not there$/);
    await expect(importBackbone(folder)).rejects.toThrow(/needed model\.json in it, or encoder\/model\.json$/);
    writeFileSync(at('text'), 'something else altogether');
    await expect(importBackbone(at('text'))).rejects.toThrow(/begins like no PyTorch file/);
    writeFileSync(at('text.pth'), '');
    await expect(importBackbone(at('text.pth'))).rejects.toThrow(/Cannot read .*text\.pth as a PyTorch file/);
    const backbone = resnetOf(1);
    for (const name of ['a.pth', 'a.safetensors']) {
      await exportBackbone(backbone, at(name));
      const { length } = readFileSync(at(name));
      truncateSync(at(name), length - 5);
      await expect(importBackbone(at(name))).rejects.toThrow(name);
    }
    backbone.dispose();
  });
});
