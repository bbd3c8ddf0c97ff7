import { createRng } from '@hcsc/random';
import {
  dispose,
  getBackend,
  io,
  memory,
  mul,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it, vi } from 'vitest';
import { namedParameters, parameterNames } from './named-parameters.js';
import { readParameters } from './read-parameters.js';
import { type ResNetArchitecture, resnet } from './resnet.js';
import { resnet18, resnet34, resnet50 } from './resnet-depths.js';
import { noiseTensor } from './testing/loops.js';
import { torchvisionStateDict } from './testing/torchvision-state-dict.js';

const tiny: ResNetArchitecture = { blocks: [1, 1], widths: [2, 3], stem: 'cifar', inputShape: [6, 6, 1] };

describe('resnet', () => {
  it.each([
    { build: resnet18, blocks: [2, 2, 2, 2], bottleneck: false },
    { build: resnet34, blocks: [3, 4, 6, 3], bottleneck: false },
    { build: resnet50, blocks: [3, 4, 6, 3], bottleneck: true },
  ])('has torchvision’s names and shapes: $blocks, bottleneck $bottleneck', ({ build, blocks, bottleneck }) => {
    const before = memory().numTensors;
    for (const stem of ['imagenet', 'cifar'] as const) {
      const model = build({
        inputShape: [64, 32, 3],
        stem,
        rng: { ...createRng(0), normalTensor: (shape) => zeros([...shape]) },
      });
      const found = namedParameters(model).map(({ name, variable: { shape } }) => {
        const [kh, kw, inputs, outputs] = shape;
        return { name, shape: shape.length === 4 ? [outputs, inputs, kh, kw] : shape };
      });
      const expected = torchvisionStateDict({ blocks, bottleneck, cifarStem: stem === 'cifar', channels: 3 });
      const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
      expect(found.sort(byName)).toEqual(expected.sort(byName));
      expect(parameterNames(model)).toHaveLength(model.weights.length);
      expect(model.outputs[0]!.shape).toEqual([null, bottleneck ? 2048 : 512]);
      model.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    { inputShape: [28, 28, 1], stem: 'cifar', sizes: [28, 28, 14, 7] },
    { inputShape: [64, 64, 3], stem: 'imagenet', sizes: [16, 16, 8, 4] },
    { inputShape: [33, 33, 3], stem: 'imagenet', sizes: [9, 9, 5, 3] },
  ] as const)('halves images as PyTorch does: $inputShape, $stem', ({ inputShape, stem, sizes }) => {
    const taps = ['stem', 'stage1', 'stage2', 'stage3'];
    const model = resnet({ blocks: [1, 1, 1], widths: [2, 2, 2], stem, inputShape, taps });
    expect(model.outputs.map(({ shape }) => shape)).toEqual(sizes.map((size) => [null, size, size, 2]));
    model.dispose();
  });

  it('draws torchvision’s initial weights from its stream alone', async () => {
    const random = vi.spyOn(Math, 'random');
    const options: ResNetArchitecture = { ...tiny, widths: [32, 64], bottleneck: true };
    const [a, b, c] = [0, 0, 1].map((seed) => resnet({ ...options, rng: createRng(seed) }));
    expect(random).not.toHaveBeenCalled();
    random.mockRestore();
    const [first, second, other] = await Promise.all([a!, b!, c!].map(readParameters));
    expect(first).toEqual(second);
    expect(first!['conv1.weight']).not.toEqual(other!['conv1.weight']);
    for (const [name, { shape, data }] of Object.entries(first!)) {
      const mean = data.reduce((x, y) => x + y, 0) / data.length;
      if (shape.length === 1) {
        expect(new Set(data)).toEqual(new Set([/\.weight$|running_var$/.test(name) ? 1 : 0]));
      } else {
        const [out = 0, , kh = 0, kw = 0] = shape;
        const deviation = Math.sqrt(2 / (out * kh * kw));
        const spread = Math.sqrt(data.reduce((x, y) => x + (y - mean) ** 2, 0) / data.length);
        expect(Math.abs(mean)).toBeLessThan((4 * deviation) / Math.sqrt(data.length));
        expect(Math.abs(spread / deviation - 1)).toBeLessThan(3 / Math.sqrt(2 * data.length));
      }
    }
    for (const model of [a!, b!, c!]) model.dispose();
  });

  it('draws anew for a second network of the same stream', async () => {
    const rng = createRng(0);
    const [a, b] = [resnet({ ...tiny, rng }), resnet({ ...tiny, rng })];
    const [first, second] = await Promise.all([a, b].map(readParameters));
    expect(first!['conv1.weight']).not.toEqual(second!['conv1.weight']);
    for (const model of [a, b]) model.dispose();
  });

  it('starts blocks as the identity on request', () => {
    const model = resnet({ ...tiny, blocks: [2, 1], zeroInitResidual: true, taps: ['stem', 'stage1'] });
    tidy(() => {
      const [stem, stage] = model.predict(noiseTensor([2, 6, 6, 1], 1)) as Tensor[];
      expect(stage).toBeAllclose(stem!, 0);
    });
    model.dispose();
  });

  it('lets equal networks live side by side', () => {
    const [a, b] = [1, 2].map((seed) => resnet({ ...tiny, rng: createRng(seed) })) as [LayersModel, LayersModel];
    tidy(() => {
      const x = noiseTensor([2, 6, 6, 1], 1);
      const before = a.predict(x) as Tensor;
      expect(b.predict(x) as Tensor).not.toBeAllclose(before, 0.01);
      b.setWeights(a.getWeights());
      expect(b.predict(x) as Tensor).toBeAllclose(before, 0);
      b.setWeights(b.getWeights().map((w) => mul(w, 0)));
      expect(a.predict(x) as Tensor).toBeAllclose(before, 0);
    });
    a.dispose();
    b.dispose();
  });

  it('has the gradient of finite differences', () => {
    const model = resnet({ ...tiny, bottleneck: true, rng: createRng(3) });
    const variables = namedParameters(model).filter(({ trainable }) => trainable);
    tidy(() => {
      const x = noiseTensor([4, 6, 6, 1], 1);
      const weights = noiseTensor([4, 12], 2);
      const loss = () => sum(mul(model.apply(x, { training: true }) as Tensor, weights)) as Scalar;
      const { grads } = variableGrads(
        loss,
        variables.map(({ variable }) => variable),
      );
      for (const { name, variable } of variables) {
        const direction = noiseTensor(variable.shape, 7);
        const analytic = sum(mul(grads[variable.name]!, direction)).dataSync()[0]!;
        const numeric = alongDirection(variable, direction, () => loss().dataSync()[0]!);
        const size = Math.sqrt(sum(mul(grads[variable.name]!, grads[variable.name]!)).dataSync()[0]! * direction.size);
        expect(Math.abs(analytic - numeric), name).toBeLessThan(0.02 * size + 1e-3);
      }
    });
    model.dispose();
  });

  it('does not grow over 20 training steps', () => {
    const model = resnet({ ...tiny, rng: createRng(3) });
    const variables = namedParameters(model)
      .filter(({ trainable }) => trainable)
      .map(({ variable }) => variable);
    const x = noiseTensor([4, 6, 6, 1], 1);
    const before = memory().numTensors;
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      tidy(() => {
        const { value, grads } = variableGrads(() => {
          const y = model.apply(x, { training: true }) as Tensor;
          return sum(mul(y, y)) as Scalar;
        }, variables);
        losses.push(value.dataSync()[0]!);
        for (const v of variables) v.assign(sub(v, mul(grads[v.name]!, 0.01)));
      });
    }
    expect(memory().numTensors).toBe(before);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    dispose(x);
    model.dispose();
  });

  it('is saved and loaded', async () => {
    const model = resnet({ ...tiny, stem: 'imagenet', rng: createRng(5) });
    let saved: io.ModelArtifacts | undefined;
    await model.save(
      io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await loadLayersModel(io.fromMemory(saved!));
    expect(parameterNames(loaded)).toEqual(parameterNames(model));
    tidy(() => {
      const x = noiseTensor([2, 6, 6, 1], 1);
      expect(loaded.predict(x) as Tensor).toBeAllclose(model.predict(x) as Tensor, 0);
    });
    model.dispose();
    loaded.dispose();
  });

  it('refuses architectures that make no sense', () => {
    const before = memory().numTensors;
    expect(() => resnet({ ...tiny, blocks: [] })).toThrow(/at least one stage/);
    expect(() => resnet({ ...tiny, blocks: [1, 0] })).toThrow(RangeError);
    expect(() => resnet({ ...tiny, widths: [4] })).toThrow(/2 stages of widths \[4\]/);
    expect(() => resnet({ ...tiny, inputShape: [28, 28] as never })).toThrow(/\[height, width, channels\]/);
    expect(memory().numTensors).toBe(before);
  });
});

/** Central difference of `f` along a direction; the steps of float32 are coarse. */
function alongDirection(
  variable: Variable,
  direction: Tensor,
  f: () => number,
  step = getBackend() === 'cpu' ? 1e-3 : 2e-3,
): number {
  const start = tidy(() => mul(variable, 1));
  const at = (offset: number) => {
    tidy(() => variable.assign(sub(start, mul(direction, -offset))));
    return f();
  };
  const slope = (at(step) - at(-step)) / (2 * step);
  variable.assign(start);
  start.dispose();
  return slope;
}
