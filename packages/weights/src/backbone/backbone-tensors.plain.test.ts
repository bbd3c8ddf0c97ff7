import { describe, expect, it } from 'vitest';
import { backboneTensors, type StoredTensor } from '../index.js';
import { behind, isConvolution, resnet, state } from './state-dict.fixture.js';

describe("places in a Sequential of torchvision's layers", () => {
  const places = (first: number) =>
    resnet.map((name) =>
      name
        .replace(/^conv1/, '0')
        .replace(/^bn1/, '1')
        .replace(/^layer(\d)/, (_all, stage) => String(Number(stage) + first - 1)),
    );

  it.each([
    ['with a pool, as Lightly has them', 4],
    ['without', 3],
  ])('are its names %s', (_, first) => {
    const given = state([
      ...behind('backbone.', places(first)),
      'projection_head.layers.0.weight',
      'backbone_momentum.0.weight',
    ]);
    const { layout, tensors, dropped } = backboneTensors(given);
    expect(layout).toBe('backbone');
    expect(Object.keys(tensors)).toEqual(resnet);
    expect(tensors['layer2.0.downsample.1.running_var']?.data).toEqual(Float32Array.of(resnet.length - 1));
    expect(dropped.map(({ why }) => why)).toEqual(['projection head', 'key encoder']);
  });
});

describe('our own checkpoints', () => {
  const own = (name: string) => {
    const parts: Record<string, string> = isConvolution(name)
      ? { weight: 'kernel' }
      : { weight: 'gamma', bias: 'beta', running_mean: 'moving_mean', running_var: 'moving_variance' };
    return name.replace(/\w+$/, (part) => parts[part]!);
  };
  const [kh, kw, inputs, outputs] = [2, 3, 4, 5];
  const kernel: StoredTensor = {
    dtype: 'float32',
    shape: [kh, kw, inputs, outputs],
    data: Float32Array.from({ length: kh * kw * inputs * outputs }, (_, i) => i),
  };
  const checkpoint = (prefix: string) => ({
    ...state(behind(prefix, resnet.map(own))),
    [`${prefix}conv1.kernel`]: kernel,
  }); // prettier-ignore

  it.each(['method/query/', 'query/', ''])('are found behind "%s", and transposed', (prefix) => {
    const { layout, tensors } = backboneTensors({ ...checkpoint(prefix), [`${prefix}fc.0.kernel`]: kernel });
    expect(layout).toBe('hcsc');
    expect(Object.keys(tensors)).toEqual(resnet);
    const { shape, data } = tensors['conv1.weight']!;
    expect(shape).toEqual([outputs, inputs, kh, kw]);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let y = 0; y < kh; y++)
          for (let x = 0; x < kw; x++) {
            const at = ((y * kw + x) * inputs + i) * outputs + o;
            expect(data[((o * inputs + i) * kh + y) * kw + x]).toBe(kernel.data[at]);
          }
  });

  it('drop heads, queue, clusters, the key encoder and the optimizer', () => {
    const others = {
      'method/query/fc.0.kernel': 'projection head',
      'method/key/conv1.kernel': 'key encoder',
      'method/key/fc.0.kernel': 'key encoder',
      'method/queue': 'queue',
      'method/level0.prototypes': 'not of the ResNet',
      'method/hierarchy.0.centroids': 'prototypes',
      'optimizer/velocity/conv1.kernel': 'optimizer',
    };
    const { dropped } = backboneTensors({ ...checkpoint('method/query/'), ...state(Object.keys(others)) });
    expect(Object.fromEntries(dropped.map(({ name, why }) => [name, why]))).toEqual(others);
  });
});

describe('options', () => {
  const pair = state([...behind('module.encoder_q.'), 'module.queue', ...behind('module.encoder_k.')]);

  it('take the key encoder', () => {
    const { tensors, prefix, dropped } = backboneTensors(pair, { encoder: 'key' });
    expect(prefix).toBe('module.encoder_k.');
    expect(tensors['conv1.weight']?.data).toEqual(Float32Array.of(resnet.length + 1));
    expect(new Set(dropped.map(({ why }) => why))).toEqual(new Set(['query encoder', 'queue']));
    expect(() => backboneTensors(state(resnet), { encoder: 'key' })).toThrow(
      /Cannot take the key encoder: .*torchvision/,
    );
    const alone = state(behind('module.base_encoder.'));
    expect(() => backboneTensors(alone, { encoder: 'key' })).toThrow(/needed names behind module\.momentum_encoder\./);
  });

  it('take what follows a prefix', () => {
    const given = state([...resnet, ...behind('student.trunk.')]);
    const { layout, prefix, tensors, dropped } = backboneTensors(given, { prefix: 'student.trunk.' });
    expect([layout, prefix]).toEqual(['prefix', 'student.trunk.']);
    expect(tensors['conv1.weight']?.data).toEqual(Float32Array.of(resnet.length));
    expect(dropped.map(({ name }) => name)).toEqual(resnet);
    expect(() => backboneTensors(given, { prefix: 'teacher.' })).toThrow(
      /Cannot find a ResNet behind the prefix "teacher\.": needed "teacher\.conv1\.weight".*got conv1\.weight/,
    );
  });
});

describe('values', () => {
  const one = (tensor: StoredTensor) =>
    backboneTensors({ ...state(resnet), 'bn1.weight': tensor }).tensors['bn1.weight']?.data;

  it('become float32; those that are it are not copied', () => {
    const data = Float32Array.of(1.5);
    expect(one({ dtype: 'float32', shape: [1], data })).toBe(data);
    expect(one({ dtype: 'float64', shape: [1], data: Float64Array.of(0.1) })).toEqual(Float32Array.of(0.1));
    expect(one({ dtype: 'float16', shape: [1], data: Uint16Array.of(0x3e00) })).toEqual(data);
    expect(one({ dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3fc0) })).toEqual(data);
    expect(() => one({ dtype: 'int8', shape: [1], data: Int8Array.of(1) })).toThrow(
      'Cannot take bn1.weight as bn1.weight: needed floating-point values, got int8',
    );
    expect(() => one({ dtype: 'float32', shape: [1, 1], data })).toThrow(/needed 1 dimensions, got shape \[1,1\]/);
  });
});

it('names that fit no rule are shown, with the rules', () => {
  const other = state(['features.0.weight', 'features.0.bias', 'classifier.1.weight', 'conv1.weight']);
  expect(() => backboneTensors(other)).toThrow(RangeError);
  expect(() => backboneTensors(other)).toThrow(
    /tried names behind "" \(torchvision\).*"encoder_q\." \(MoCo.*; got features\.0\.weight, features\.0\.bias, .*Give the prefix/,
  );
  expect(() => backboneTensors({})).toThrow(/got none/);
});
