import { createRng } from '@hcsc/random';
import { matMul, memory, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { loadParameters } from './load-parameters.js';
import { namedParameters, parameterNames } from './named-parameters.js';
import { linear } from './projection-head.js';
import { readParameters } from './read-parameters.js';
import { resnet } from './resnet.js';
import { noiseTensor } from './testing/loops.js';
import { fromTorchLayout, toTorchLayout } from './torch-layout.js';
import { withHead } from './with-head.js';

const build = (seed: number): LayersModel =>
  withHead(
    resnet({ blocks: [1, 1], widths: [2, 3], stem: 'cifar', inputShape: [6, 6, 1], rng: createRng(seed) }),
    linear({ units: 2, rng: createRng(seed) }),
  );

describe('loadParameters and readParameters', () => {
  it('carry a model over, one to one', async () => {
    const [a, b] = [build(1), build(2)];
    tidy(() => a.apply(noiseTensor([4, 6, 6, 1], 3), { training: true }) as Tensor);
    const before = memory().numTensors;
    const report = loadParameters(b, await readParameters(a));
    expect(report).toEqual({ missing: [], unexpected: [] });
    tidy(() => {
      const x = noiseTensor([2, 6, 6, 1], 4);
      expect(b.predict(x) as Tensor).toBeAllclose(a.predict(x) as Tensor, 0);
    });
    expect(memory().numTensors).toBe(before);
    a.dispose();
    b.dispose();
  });

  it('transpose between PyTorch’s layout and TensorFlow’s', () => {
    tidy(() => {
      // Element [o, i, y, x] of PyTorch is 1000 o + 100 i + 10 y + x.
      const values: number[] = [];
      for (let o = 0; o < 2; o++)
        for (let i = 0; i < 3; i++)
          for (let y = 0; y < 4; y++) for (let x = 0; x < 5; x++) values.push(1000 * o + 100 * i + 10 * y + x);
      const torch = tensor(values, [2, 3, 4, 5]);
      const ours = fromTorchLayout(torch);
      expect(ours.shape).toEqual([4, 5, 3, 2]);
      expect((ours.arraySync() as number[][][][])[3]![4]![2]![1]).toBe(1234);
      expect(toTorchLayout(ours)).toBeAllclose(torch, 0);
      const linear = fromTorchLayout(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
      expect(matMul(tensor([1, 0, 0], [1, 3]), linear)).toBeAllclose({ shape: [1, 2], data: [1, 4] }, 0);
      expect(toTorchLayout(tensor([1, 2])).dataSync()).toEqual(new Float32Array([1, 2]));
    });
  });

  it('know Keras’ names, nested models and frozen weights', () => {
    const inner = sequential({
      name: 'body',
      layers: [
        layers.dense({ units: 2, inputShape: [3], name: 'first', kernelInitializer: 'zeros' }),
        layers.batchNormalization({ name: 'norm' }),
      ],
    });
    const x = input({ shape: [3] });
    const last = layers.dense({ units: 1, name: 'last', kernelInitializer: 'zeros', trainable: false });
    const outer = model({ inputs: x, outputs: last.apply(inner.apply(x)) as SymbolicTensor });
    const names = parameterNames(outer);
    expect([...names].sort()).toEqual([
      'body.first.bias',
      'body.first.weight',
      'body.norm.bias',
      'body.norm.running_mean',
      'body.norm.running_var',
      'body.norm.weight',
      'last.bias',
      'last.weight',
    ]);
    outer.weights.forEach((weight, i) => {
      expect(namedParameters(outer)[i]!.variable).toBe(weight.read());
    });
    expect(
      namedParameters(outer)
        .filter(({ trainable }) => trainable)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['body.first.bias', 'body.first.weight', 'body.norm.bias', 'body.norm.weight']);
    outer.dispose();
  });

  it('write nothing if anything is wrong', async () => {
    const model = build(1);
    const state = await readParameters(model);
    const other = await (async () => {
      const source = build(2);
      const values = await readParameters(source);
      source.dispose();
      return values;
    })();
    const before = memory().numTensors;
    const { 'fc.bias': bias, ...withoutBias } = other;
    expect(() => loadParameters(model, withoutBias)).toThrow(/1 missing \(fc.bias\), 0 unexpected \(none\)/);
    expect(() => loadParameters(model, { ...other, 'fc.scale': bias! })).toThrow(/1 unexpected \(fc.scale\)/);
    expect(() => loadParameters(model, { ...other, 'fc.bias': { shape: [3], data: [1, 2, 3] } })).toThrow(
      /Cannot load fc.bias: needed 2 values of shape \[2\], got 3 of shape \[3\]/,
    );
    expect(() => loadParameters(model, { ...other, 'fc.bias': { shape: [2], data: [1, 2, 3] } })).toThrow(RangeError);
    expect(await readParameters(model)).toEqual(state);
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });

  it('report what was left out when names may differ', async () => {
    const model = build(1);
    const values = { 'fc.bias': { shape: [2], data: [5, 6] }, 'head.weight': { shape: [1], data: [1] } };
    const report = loadParameters(
      model,
      { ...values, 'bn1.num_batches_tracked': { shape: [], data: [7] } },
      { strict: false },
    );
    expect(report.unexpected).toEqual(['head.weight']);
    expect(report.missing).toContain('conv1.weight');
    expect(report.missing).not.toContain('fc.bias');
    expect((await readParameters(model))['fc.bias']!.data).toEqual(new Float32Array([5, 6]));
    model.dispose();
  });
});
