import {
  hypercolumn,
  joinOutputs,
  loadParameters,
  mlp,
  namedParameters,
  readParameters,
  resnet,
  withHead,
} from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StoredTensor, tensorsBehind } from '../index.js';

/** A small encoder of CGH that has seen a batch. */
function encoderOf(seed: number): LayersModel {
  const rng = createRng(seed);
  const backbone = resnet({ blocks: [1, 1], widths: [3, 4], stem: 'cifar', inputShape: [8, 8, 2], rng });
  const encoder = joinOutputs([
    withHead(backbone, mlp({ hidden: 6, units: 5, rng })),
    withHead(
      hypercolumn(backbone, { taps: ['stage1', 'stage2'], rng }),
      mlp({ hidden: 6, units: 5, rng, name: 'projector' }),
    ),
  ]);
  const images = rng.normalTensor([4, 8, 8, 2]);
  dispose([encoder.apply(images, { training: true }) as Tensor[], images]);
  return encoder;
}

/** The tensors of an encoder as the official code names them, of the query (`q`) or the key encoder (`k`). */
async function official(encoder: LayersModel, which: 'q' | 'k'): Promise<Record<string, StoredTensor>> {
  const entries = Object.entries(await readParameters(encoder)).map(([name, { shape, data }]) => {
    const part = /^(reg_conv|projector)\./.test(name) ? 'hypercols_proj' : 'encoder';
    return [`net.module.${part}_${which}.${name}`, { dtype: 'float32', shape, data } satisfies StoredTensor] as const;
  });
  const scale = { dtype: 'float32', shape: [2], data: Float32Array.of(0.25, 1) } as const;
  return { ...Object.fromEntries(entries), [`net.module.hypercols_proj_${which}.scale`]: scale };
}

const namesOf = (which: 'q' | 'k') => ({
  [`encoder_${which}.`]: '',
  [`hypercols_proj_${which}.`]: '',
  [`hypercols_proj_${which}.scale`]: null,
});
const values = (model: LayersModel) =>
  new Map(namedParameters(model).map(({ name, variable }) => [name, Array.from(variable.dataSync())]));

describe('a whole encoder is loaded from a checkpoint of CGH', () => {
  let before: number;
  let models: Record<'query' | 'key' | 'model', LayersModel>;
  let checkpoint: Record<string, StoredTensor>;
  beforeEach(async () => {
    before = memory().numTensors;
    models = { query: encoderOf(1), key: encoderOf(2), model: encoderOf(3) };
    const queue = { dtype: 'float32', shape: [5, 2], data: new Float32Array(10) } as const;
    checkpoint = {
      ...(await official(models.query, 'q')),
      ...(await official(models.key, 'k')),
      ...{ 'net.module.queue': queue, 'net.module.queue_hyper': queue, 'net.module.center': queue },
    };
  });
  afterEach(() => {
    for (const model of Object.values(models)) model.dispose();
    expect(memory().numTensors).toBe(before);
  });
  const load = () => loadParameters(models.model, tensorsBehind(checkpoint, namesOf('q')).tensors);

  it.each([
    ['query', 'q'],
    ['key', 'k'],
  ] as const)('the %s encoder, backbone and both heads', (name, which) => {
    const held = memory().numTensors;
    loadParameters(models.model, tensorsBehind(checkpoint, namesOf(which)).tensors);
    expect(memory().numTensors).toBe(held);
    expect(values(models.model)).toEqual(values(models[name]));
    expect(values(models.query)).not.toEqual(values(models.key));
  });

  const edits: [title: string, edit: () => void, message: RegExp][] = [
    [
      'a tensor that is missing',
      () => delete checkpoint['net.module.hypercols_proj_q.reg_conv.1.running_var'],
      /1 missing \(reg_conv\.1\.running_var\), 0 unexpected \(none\)/,
    ],
    [
      'a tensor too many',
      () => {
        checkpoint['net.module.encoder_q.fc.4.bias'] = checkpoint['net.module.encoder_q.fc.2.bias']!;
      },
      /0 missing \(none\), 1 unexpected \(fc\.4\.bias\)/,
    ],
    [
      'another shape',
      () => {
        checkpoint['net.module.hypercols_proj_q.projector.2.weight'] =
          checkpoint['net.module.hypercols_proj_q.projector.0.weight']!;
      },
      /Cannot load projector\.2\.weight: needed 30 values of shape \[5,6\], got 24 of shape \[6,4\]/,
    ],
    [
      'a value that is none',
      () => {
        const { shape, data } = checkpoint['net.module.encoder_q.bn1.weight']!;
        const diverged = Float32Array.from(data as Float32Array).fill(Number.NaN, 1);
        checkpoint['net.module.encoder_q.bn1.weight'] = { dtype: 'float32', shape, data: diverged };
      },
      /Cannot take net\.module\.encoder_q\.bn1\.weight: value 1 is NaN/,
    ],
  ];
  it.each(edits)('not with %s, which is named; the model stays as it was', (_, edit, message) => {
    const start = values(models.model);
    edit();
    expect(load).toThrow(RangeError);
    expect(load).toThrow(message);
    expect(values(models.model)).toEqual(start);
  });
});
