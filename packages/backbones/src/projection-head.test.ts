import { createRng } from '@hcsc/random';
import { memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { input, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { describe, expect, it, vi } from 'vitest';
import { linear, type MlpOptions, mlp, type ProjectionHead } from './projection-head.js';
import { readParameters } from './read-parameters.js';
import { noise, noiseTensor } from './testing/loops.js';

function modelOf(head: ProjectionHead, width = 5): LayersModel {
  const features = input({ shape: [width] });
  return model({ inputs: features, outputs: head(features) });
}

/** x Wᵀ + b in plain loops, W as PyTorch holds it. */
function affine(x: number[][], weight: ArrayLike<number>, bias?: ArrayLike<number>): number[][] {
  const inputs = x[0]!.length;
  const outputs = weight.length / inputs;
  return x.map((row) =>
    Array.from({ length: outputs }, (_, o) =>
      row.reduce((total, v, i) => total + v * weight[o * inputs + i]!, bias?.[o] ?? 0),
    ),
  );
}

const relu = (x: number[][]) => x.map((row) => row.map((v) => Math.max(0, v)));

describe('linear', () => {
  it('is x Wᵀ + b, drawn as PyTorch does', async () => {
    const random = vi.spyOn(Math, 'random');
    const before = memory().numTensors;
    const m = modelOf(linear({ units: 300, rng: createRng(1) }), 25);
    expect(random).not.toHaveBeenCalled();
    random.mockRestore();
    const { 'fc.weight': weight, 'fc.bias': bias } = await readParameters(m);
    expect([weight!.shape, bias!.shape]).toEqual([[300, 25], [300]]);
    for (const { data } of [weight!, bias!]) {
      expect(Math.max(...data)).toBeLessThanOrEqual(0.2);
      expect(Math.max(...data)).toBeGreaterThan(0.19);
      expect(Math.min(...data)).toBeLessThan(-0.19);
    }
    tidy(() => {
      const y = m.predict(noiseTensor([1, 25], 1)) as Tensor;
      expect(y.dataSync()).toBeAllclose(affine([Array.from(noise(25, 1))], weight!.data, bias!.data)[0]!);
    });
    m.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

describe('mlp', () => {
  it.each([
    { layers: 2, names: ['fc.0', 'fc.2'] },
    { layers: 3, names: ['fc.0', 'fc.2', 'fc.4'] },
  ] as const)('is linear layers with ReLU between them: $layers', async ({ layers, names }) => {
    const m = modelOf(mlp({ hidden: 4, units: 3, layers, rng: createRng(2) }));
    const state = await readParameters(m);
    expect(Object.keys(state)).toEqual(names.flatMap((name) => [`${name}.weight`, `${name}.bias`]));
    tidy(() => {
      let x = [Array.from(noise(5, 3))];
      names.forEach((name, i) => {
        x = affine(i > 0 ? relu(x) : x, state[`${name}.weight`]!.data, state[`${name}.bias`]!.data);
      });
      expect((m.predict(noiseTensor([1, 5], 3)) as Tensor).dataSync()).toBeAllclose(x[0]!);
    });
    m.dispose();
  });

  it('puts batch norm before each ReLU, without a bias before it', async () => {
    const options: MlpOptions = { hidden: 4, units: 3, layers: 3, batchNorm: { momentum: 1 }, name: 'projector' };
    const m = modelOf(mlp(options));
    const state = await readParameters(m);
    const norm = (i: number) => ['weight', 'bias', 'running_mean', 'running_var'].map((w) => `projector.${i}.${w}`);
    expect(Object.keys(state).sort()).toEqual(
      [
        'projector.0.weight',
        ...norm(1),
        'projector.3.weight',
        ...norm(4),
        'projector.6.weight',
        'projector.6.bias',
      ].sort(),
    );
    tidy(() => m.apply(noiseTensor([3, 5], 1), { training: true }) as Tensor);
    const after = await readParameters(m);
    const hidden = affine(
      [0, 1, 2].map((i) => Array.from(noise(15, 1).slice(5 * i, 5 * i + 5))),
      state['projector.0.weight']!.data,
    );
    expect(after['projector.1.running_mean']!.data).toBeAllclose(
      [0, 1, 2, 3].map((c) => hidden.reduce((total, row) => total + row[c]! / 3, 0)),
    );
    m.dispose();
  });

  it('refuses sizes and inputs that make no sense', () => {
    expect(() => mlp({ hidden: 4, units: 3, layers: 4 as never })).toThrow(/head of 4 linear layers: give 2 or 3/);
    expect(() => modelOf(mlp({ hidden: 0, units: 3 }))).toThrow(/linear layer of 0 units/);
    expect(() => linear({ units: 3 })(input({ shape: [4, 4, 2] }))).toThrow(/needed \[N, D\], pool them first/);
  });
});
