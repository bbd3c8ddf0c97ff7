import { createRng } from '@hcsc/random';
import { dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { loadParameters } from './load-parameters.js';
import { namedParameters } from './named-parameters.js';
import { readParameters } from './read-parameters.js';
import { resnet } from './resnet.js';
import { resnet18, resnet34, resnet50 } from './resnet-depths.js';
import { type ParameterShapes, resnetLike } from './resnet-like.js';
import { torchShape } from './torch-layout.js';

const shapesOf = (model: LayersModel): ParameterShapes =>
  Object.fromEntries(namedParameters(model).map(({ name, variable }) => [name, { shape: torchShape(variable.shape) }]));

const config = (model: LayersModel) => JSON.stringify(model.getConfig());

/** The shapes of a model that is disposed at once. */
function shapes(model: LayersModel): Record<string, { shape: readonly number[] }> {
  const found = shapesOf(model);
  model.dispose();
  return { ...found };
}

const cifar = { stem: 'cifar', inputShape: [8, 8, 3], name: 'resnet' } as const;

describe('gives the same outputs with the same parameters', () => {
  test.each([
    ['basic blocks, stages of different widths and depths', { blocks: [1, 3, 2], widths: [4, 6, 5] }],
    ['one stage', { blocks: [2], widths: [3] }],
    ['bottlenecks', { blocks: [2, 1], widths: [2, 3], bottleneck: true }],
    ['the stem imagenet', { blocks: [1, 1], widths: [4, 8], stem: 'imagenet', inputShape: [32, 24, 1] }],
  ] as const)('%s', async (_, architecture) => {
    const before = memory().numTensors;
    const original = resnet({ ...cifar, ...architecture, rng: createRng(3) });
    const parameters = await readParameters(original);
    const copy = resnetLike(parameters, { inputShape: original.inputs[0]!.shape.slice(1) as [number, number, number] });
    loadParameters(copy, parameters);
    const images = createRng(1).normalTensor([2, ...(original.inputs[0]!.shape.slice(1) as number[])]);
    const [expected, features] = [original, copy].map((model) => model.predict(images) as Tensor);
    expect(features!).toBeAllclose(expected!, 0);
    dispose([images, expected!, features!]);
    original.dispose();
    copy.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

test.each([
  ['resnet18', resnet18, 'imagenet', [224, 224, 1]],
  ['resnet34', resnet34, 'cifar', [32, 32, 1]],
  ['resnet50', resnet50, 'imagenet', [224, 224, 1]],
] as const)('builds %s layer by layer', (_, depth, stem, inputShape) => {
  const original = depth({ inputShape, stem, rng: null, name: 'resnet' });
  const copy = resnetLike(shapesOf(original));
  expect(config(copy)).toBe(config(original));
  original.dispose();
  copy.dispose();
});

test('options of batch norm, name and image are taken over, heads passed over', () => {
  const parameters = {
    ...shapes(resnet({ ...cifar, blocks: [1], widths: [4] })),
    'fc.weight': { shape: [10, 4] },
    'bn1.num_batches_tracked': { shape: [] },
    'layer1.0.bn1.num_batches_tracked': { shape: [] },
  };
  const batchNorm = { momentum: 0.3, epsilon: 1e-3 };
  const copy = resnetLike(parameters, { inputShape: [20, 10, 3], name: 'mine', batchNorm });
  const original = resnet({ ...cifar, inputShape: [20, 10, 3], blocks: [1], widths: [4], name: 'mine', batchNorm });
  expect(config(copy)).toBe(config(original));
  original.dispose();
  copy.dispose();
});

describe('refuses what is no such ResNet', () => {
  const basic = shapes(resnet({ ...cifar, blocks: [2, 2], widths: [4, 8] }));
  const bottleneck = shapes(resnet({ ...cifar, blocks: [1, 1], widths: [4, 8], bottleneck: true }));
  const without = (pattern: RegExp, from = basic) =>
    Object.fromEntries(Object.entries(from).filter(([name]) => !pattern.test(name)));
  const having = (name: string, shape: number[], from = basic) => ({ ...from, [name]: { shape } });

  test.each<[string, ParameterShapes, RegExp]>([
    ['nothing', {}, /: needed conv1\.weight, which is not among them$/],
    ['no stages', without(/^layer/), /needed stages layer1, layer2, … .* found none$/],
    ['a gap in the stages', without(/^layer1/), /needed layer1 to layer1, there is no layer1$/],
    ['a gap in the blocks', without(/^layer2\.0/), /layer2 has 1 blocks, but no layer2\.0$/],
    [
      'a stage far away',
      having('layer999999999999.0.conv1.weight', [1, 1, 1, 1]),
      /needed layer1 to layer3, there is no layer3/,
    ],
    ['a convolution missing', without(/^layer2\.1\.conv2/), /needed layer2\.1\.conv2\.weight, which is not among them/],
    ['a downsample missing', without(/downsample/), /needed layer2\.0\.downsample\.0\.weight/],
    ['a first convolution of 5×5', having('conv1.weight', [4, 3, 5, 5]), /7×7 .* or 3×3 .*, given 5×5$/],
    ['a first convolution of no area', having('conv1.weight', [4, 3]), /convolution .* given \[4, 3\]$/],
    ['a convolution of nothing', having('layer1.0.conv1.weight', [0, 4, 3, 3]), /given \[0, 4, 3, 3\]$/],
    [
      'groups',
      having('layer2.0.conv2.weight', [8, 1, 3, 3], bottleneck),
      /layer2\.0\.conv2\.weight should be \[8, 8, 3, 3\] for its place, given \[8, 1, 3, 3\]$/,
    ],
    [
      'a wide bottleneck',
      having('layer1.0.conv1.weight', [8, 4, 1, 1], bottleneck),
      /conv1 has 4 channels, layer1\.0\.conv1 8 \(a Wide ResNet or ResNeXt has\)$/,
    ],
    ['a batch norm of another width', having('layer2.1.bn1.bias', [9]), /bn1\.bias should be \[8\] .*, given \[9\]$/],
    [
      'a shortcut where none is',
      having('layer1.0.downsample.0.weight', [4, 4, 1, 1]),
      /layer1\.0\.downsample\.0\.weight has no place in their ResNet of \[2,2\] blocks$/,
    ],
    ['squeeze and excitation', having('layer1.0.se.fc1.weight', [1, 4]), /layer1\.0\.se\.fc1\.weight has no place/],
    [
      'widths that would take all memory',
      having('layer2.0.conv1.weight', [1e9, 4, 3, 3]),
      /layer2\.0\.bn1\.weight should be \[1000000000\]/,
    ],
  ])('%s', (_, parameters, message) => {
    const before = memory().numTensors;
    const attempt = () => resnetLike(parameters);
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  test('images of other channels', () => {
    expect(() => resnetLike(basic, { inputShape: [32, 32, 1] })).toThrow(
      /conv1 takes images of 3 channels, inputShape \[32, 32, 1\] has 1$/,
    );
  });
});
