import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import {
  concat,
  image,
  matMul,
  mean,
  memory,
  mul,
  relu,
  reshape,
  type Scalar,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { featureTaps } from './feature-taps.js';
import { type HypercolumnOptions, hypercolumn } from './hypercolumn.js';
import { joinOutputs } from './join-outputs.js';
import { namedParameters, parameterNames } from './named-parameters.js';
import { mlp } from './projection-head.js';
import { resnet } from './resnet.js';
import { noiseTensor } from './testing/loops.js';
import { withHead } from './with-head.js';

const widths = [2, 3, 4, 5];
const build = (splits = 1) =>
  resnet({
    ...{ blocks: [1, 1, 1, 1], widths, stem: 'cifar', inputShape: [16, 16, 2], rng: createRng(0) },
    batchNorm: { splits },
  });
const images = (n = 4) => noiseTensor([n, 16, 16, 2], 1) as Tensor4D;
const convolutionOf = (model: LayersModel, prefix = 'reg_conv') =>
  namedParameters(model).find(({ name }) => name === `${prefix}.0.weight`)!.variable;

/** Disposes models that share a backbone, each layer once. */
function disposeAll(backbone: LayersModel, ...others: LayersModel[]): void {
  const layers = new Set([backbone, ...others].flatMap((model) => model.layers));
  for (const layer of layers) layer.dispose();
}

describe('hypercolumn', () => {
  it.each([
    { taps: undefined, last: 4, side: 2, total: 9 },
    { taps: ['stage4'], last: 4, side: 2, total: 5 },
    { taps: ['stage2', 'stage3', 'stage4'], last: 4, side: 2, total: 12 },
    { taps: ['stem', 'stage4'], last: 4, side: 2, total: 7 },
    { taps: ['stage4', 'stage3'], last: 3, side: 4, total: 9 },
  ])(
    'of $taps resizes, concatenates in this order, convolves, rectifies and averages',
    ({ taps, last, side, total }) => {
      const before = memory().numTensors;
      const backbone = build();
      const model = hypercolumn(backbone, { taps, rng: createRng(1) });
      tidy(() => {
        const x = images();
        const maps = featureTaps(backbone, taps ?? ['stage3', 'stage4']).predict(x) as Tensor4D | Tensor4D[];
        const columns = concat(
          [maps].flat().map((map) => image.resizeBilinear(map, [side, side], false, true)),
          3,
        );
        expect(columns.shape).toEqual([4, side, side, total]);
        const weights = convolutionOf(model);
        expect(weights.shape).toEqual([1, 1, total, widths[last - 1]]);
        const y = matMul(reshape(columns, [-1, total]), reshape(weights, [total, -1]));
        // A batch norm that has seen nothing divides by √(1 + epsilon).
        const expected = mean(reshape(relu(mul(y, 1 / Math.sqrt(1 + 1e-5))), [4, side * side, -1]), 1);
        expect(model.predict(x) as Tensor).toBeAllclose(expected, 1e-5);
      });
      disposeAll(backbone, model);
      expect(memory().numTensors).toBe(before);
    },
  );

  it('draws the convolution as PyTorch does, has the names of official checkpoints, and no bias', () => {
    const backbone = build();
    const model = hypercolumn(backbone, { channels: 60, rng: createRng(1) });
    const again = hypercolumn(backbone, { channels: 60, rng: createRng(1), prefix: 'again' });
    const empty = hypercolumn(backbone, { rng: null, prefix: 'empty', name: 'named' });
    expect(parameterNames(model).filter((name) => name.startsWith('reg_conv'))).toEqual(
      ['0.weight', '1.weight', '1.bias', '1.running_mean', '1.running_var'].map((name) => `reg_conv.${name}`),
    );
    expect(model.name).toBe('resnet.hypercolumn');
    expect(empty.name).toBe('named');
    const drawn = convolutionOf(model).dataSync();
    const bound = 1 / Math.sqrt(9);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(bound);
    expect(Math.max(...drawn)).toBeGreaterThan(0.98 * bound);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(-bound);
    expect(Math.min(...drawn)).toBeLessThan(-0.98 * bound);
    expect(convolutionOf(again, 'again').dataSync()).toEqual(drawn);
    expect(new Set(convolutionOf(empty, 'empty').dataSync())).toEqual(new Set([0]));
    disposeAll(backbone, model, again, empty);
  });

  it('takes images of any size, as local views are', () => {
    const backbone = build();
    const model = hypercolumn(backbone, {});
    tidy(() => {
      const local = noiseTensor([2, 9, 11, 2], 3);
      expect((model.apply(local) as Tensor).shape).toEqual([2, 5]);
    });
    disposeAll(backbone, model);
  });

  it('has batch norm of one split, whatever the backbone has, if no other is asked for', () => {
    const configs = [undefined, { splits: 2, momentum: 0.5 }].map((batchNorm) => {
      const backbone = build(4);
      const model = hypercolumn(backbone, { batchNorm });
      const config = model.getLayer('reg_conv.1').getConfig();
      disposeAll(backbone, model);
      return config;
    });
    expect(configs).toMatchObject([
      { splits: 1, momentum: 0.1 },
      { splits: 2, momentum: 0.5 },
    ]);
  });

  it('trains in a traced step: gradients and statistics are those of the plain one', () => {
    const results = [false, true].map((traced) => {
      const backbone = build();
      const global = withHead(backbone, mlp({ hidden: 4, units: 3 }));
      const local = withHead(hypercolumn(backbone), mlp({ hidden: 4, units: 3, name: 'projector' }));
      const encoder = joinOutputs([global, local]);
      const x = images();
      const trained = namedParameters(encoder).flatMap(({ trainable, variable }) => (trainable ? [variable] : []));
      const step = () => {
        const { grads, value } = variableGrads(() => {
          const [g, h] = encoder.apply(x, { training: true }) as [Tensor, Tensor];
          return sum(mul(g, mul(h, h))) as Scalar;
        }, trained);
        value.dispose();
        return trained.map(({ name }) => grads[name]!);
      };
      const before = memory().numTensors;
      const gradients = (traced ? replayed(step) : step)();
      expect(memory().numTensors - before).toBe(trained.length);
      const values = [...gradients, ...encoder.getWeights()].map((tensor) => Array.from(tensor.dataSync()));
      for (const gradient of [...gradients, x]) gradient.dispose();
      encoder.dispose();
      return values;
    });
    expect(results[1]).toEqual(results[0]);
    expect(
      results[0]!
        .slice(0, 3)
        .flat()
        .some((value) => value !== 0),
    ).toBe(true);
  });

  const refused: [title: string, options: HypercolumnOptions, message: RegExp][] = [
    ['no taps', { taps: [] }, /Cannot tap a backbone nowhere: give taps/],
    ['a stage that is not there', { taps: ['stage5'] }, /at 'stage5': it has 'stem', 'stage1' to 'stage4'/],
    [
      'pooled features',
      { taps: ['stage3', 'pooled'] },
      /at 'pooled', which is \[null, 5\]: needed a map \[N, H, W, C\]/,
    ],
    ['a tap twice', { taps: ['stage4', 'layer4.0.relu'] }, /'stage4' and 'layer4.0.relu', one map: give each tap once/],
    ['no channels', { channels: 0 }, /of 0 channels: give an integer of at least 1/],
    ['parts of channels', { channels: 2.5 }, /of 2.5 channels/],
    ['momentum out of range', { batchNorm: { momentum: 2 } }, /momentum 2: give a number from 0 to 1/],
    [
      'names that are taken',
      { prefix: 'layer4.0' },
      /Cannot add layers layer4.0.0, … to resnet, which has layer4.0.conv1/,
    ],
  ];
  it.each(refused)('refuses %s, and leaves nothing behind', (_, options, message) => {
    const backbone = build();
    const before = memory().numTensors;
    expect(() => hypercolumn(backbone, options)).toThrow(RangeError);
    expect(() => hypercolumn(backbone, options)).toThrow(message);
    expect(memory().numTensors).toBe(before);
    backbone.dispose();
  });
});
