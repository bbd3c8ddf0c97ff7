import { createRng } from '@hcsc/random';
import { memory, mul, type Scalar, sum, type Tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { namedParameters } from './named-parameters.js';
import { linear, mlp } from './projection-head.js';
import { resnet } from './resnet.js';
import { noiseTensor } from './testing/loops.js';
import { withHead } from './with-head.js';

const tiny = { blocks: [1], widths: [3], stem: 'cifar', inputShape: [4, 4, 1] } as const;

describe('withHead', () => {
  it('shares the backbone’s layers, and lets gradients reach them', () => {
    const before = memory().numTensors;
    const backbone = resnet({ ...tiny, rng: createRng(0) });
    const encoder = withHead(backbone, mlp({ hidden: 4, units: 2, rng: createRng(1) }), { name: 'query' });
    expect(encoder.name).toBe('query');
    expect(encoder.outputs[0]!.shape).toEqual([null, 2]);
    const names = namedParameters(encoder).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['conv1.weight', 'fc.0.weight', 'fc.2.bias']));
    tidy(() => {
      const x = noiseTensor([4, 4, 4, 1], 1);
      const features = backbone.predict(x) as Tensor;
      const { grads } = variableGrads(() => {
        const y = encoder.apply(x, { training: true }) as Tensor;
        return sum(mul(y, y)) as Scalar;
      });
      const first = namedParameters(encoder).find(({ name }) => name === 'conv1.weight')!.variable;
      expect(sum(mul(grads[first.name]!, grads[first.name]!)).dataSync()[0]).toBeGreaterThan(0);
      // The encoder's forward pass has moved the backbone's running statistics.
      expect(backbone.predict(x) as Tensor).not.toBeAllclose(features, 1e-3);
    });
    encoder.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses a backbone of several outputs, or without features', () => {
    const tapped = resnet({ ...tiny, taps: ['stage1', 'pooled'] });
    expect(() => withHead(tapped, linear({ units: 2 }))).toThrow(/one head on the 2 outputs of resnet/);
    const unpooled = resnet({ ...tiny, taps: ['stage1'] });
    expect(() => withHead(unpooled, linear({ units: 2 }))).toThrow(/pool them first/);
    tapped.dispose();
    unpooled.dispose();
  });
});
