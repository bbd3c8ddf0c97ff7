import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import {
  addN,
  memory,
  mul,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { hypercolumn } from './hypercolumn.js';
import { joinOutputs } from './join-outputs.js';
import { loadParameters } from './load-parameters.js';
import { namedParameters } from './named-parameters.js';
import { mlp } from './projection-head.js';
import { readParameters } from './read-parameters.js';
import { type ResNetArchitecture, resnet } from './resnet.js';
import { noiseTensor } from './testing/loops.js';
import { withHead } from './with-head.js';

type Size = readonly [height: number, width: number, channels: number];
const [WHOLE, LOCAL, LEAST]: Size[] = [
  [20, 16, 2],
  [9, 11, 2],
  [5, 4, 2],
];
const images = ([height, width, channels]: Size, seed: number) => noiseTensor([4, height, width, channels], seed);

const backboneOf = (inputShape: Size, options: Partial<ResNetArchitecture> = {}) =>
  resnet({ blocks: [1, 1], widths: [3, 4], stem: 'cifar', inputShape, rng: createRng(1), ...options });

/** CGH's encoder, small; and the part of it that local crops go through. */
function encoderOf(inputShape: Size) {
  const backbone = backboneOf(inputShape);
  const global = withHead(backbone, mlp({ hidden: 6, units: 5 }));
  const columns = hypercolumn(backbone, { taps: ['stage1', 'stage2'] });
  const local = withHead(columns, mlp({ hidden: 6, units: 5, name: 'projector' }));
  return { encoder: joinOutputs([global, local]), global };
}

/** The same weights and running statistics in another model, which is returned. */
async function loaded(model: LayersModel, from: LayersModel): Promise<LayersModel> {
  loadParameters(model, await readParameters(from));
  return model;
}

const lossOf = (outputs: Tensor | Tensor[]) =>
  addN([outputs].flat().map((y) => sum(mul(y, square(y))) as Scalar)) as Scalar;

/** Gradients of a loss, and the running statistics that it leaves, by name. */
function trainedBy(model: LayersModel, loss: () => Scalar): Map<string, Float32Array> {
  const parameters = namedParameters(model);
  const variables = parameters.flatMap(({ trainable, variable }) => (trainable ? [variable] : []));
  const values = new Map<string, Float32Array>();
  tidy(() => {
    const { grads } = variableGrads(loss, variables);
    for (const { name, variable } of parameters) {
      values.set(name, (grads[variable.name] ?? variable).dataSync() as Float32Array);
    }
  });
  return values;
}

const models: Record<string, (inputShape: Size) => LayersModel> = {
  'a ResNet with the stem of CIFAR': (inputShape) => backboneOf(inputShape),
  'a ResNet with the stem of ImageNet': (inputShape) => backboneOf(inputShape, { stem: 'imagenet' }),
  'bottlenecks whose batch norm sees parts of a batch': (inputShape) =>
    backboneOf(inputShape, { bottleneck: true, batchNorm: { splits: 2 } }),
  'a global and a hypercolumn head on one backbone': (inputShape) => encoderOf(inputShape).encoder,
};

describe.each(Object.entries(models))('%s, run on images of another size than inputShape', (_, build) => {
  it.each([
    ['smaller', WHOLE, LOCAL],
    ['larger', LEAST, LOCAL],
  ] as const)('is the model made for them: %s ones', async (_, own, size) => {
    const before = memory().numTensors;
    const model = build(own!);
    tidy(() => void model.apply(images(own!, 1), { training: true }));
    const made = await loaded(build(size!), model);
    const local = images(size!, 2);

    tidy(() => {
      const [features, expected] = [model, made].map((each) => [each.apply(local) as Tensor | Tensor[]].flat());
      features!.forEach((y, i) => {
        expect(y).toBeAllclose(expected![i]!, 1e-6);
      });
    });
    const [values, expected] = [model, made].map((each) =>
      trainedBy(each, () => lossOf(each.apply(local, { training: true }) as Tensor)),
    );
    expect([...values!.keys()]).toEqual([...expected!.keys()]);
    for (const [name, value] of values!) {
      expect(value, name).toBeAllclose(expected!.get(name)!, 1e-6);
      expect(Math.max(...value.map(Math.abs)), name).toBeGreaterThan(0);
    }

    const held = memory().numTensors;
    tidy(() => void model.apply(local, { training: true }));
    expect(memory().numTensors).toBe(held);
    for (const each of [model, made, local]) each.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses other channels, whatever the size, and predicts images of its own size only', () => {
    const model = build(WHOLE!);
    const before = memory().numTensors;
    tidy(() => {
      expect(() => model.apply(images([9, 11, 3], 1))).toThrow(/channels|axis|depth/i);
      expect(() => model.predict(images(LOCAL!, 1))).toThrow(/shape/);
    });
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('a step of multi-crop: whole views through both heads, local ones through the global head', () => {
  const views = () => [images(WHOLE!, 3), images(LOCAL!, 4), images(LEAST!, 5)] as [Tensor4D, Tensor4D, Tensor4D];
  const stepOf = ({ encoder, global }: ReturnType<typeof encoderOf>, [whole, ...local]: Tensor4D[]) =>
    trainedBy(encoder, () => {
      const outputs = encoder.apply(whole!, { training: true }) as Tensor[];
      return lossOf([...outputs, ...local.map((crop) => global.apply(crop, { training: true }) as Tensor)]);
    });

  it('sums the gradients of the views, and updates running statistics view by view', async () => {
    const [student, ...alone] = [WHOLE!, WHOLE!, LOCAL!, LEAST!].map(encoderOf);
    const start = await readParameters(student!.encoder);
    const [whole, ...local] = views();
    const parts: Map<string, Float32Array>[] = [];
    for (const [i, { encoder, global }] of alone.entries()) {
      await loaded(encoder, student!.encoder);
      const x = i === 0 ? whole : local[i - 1]!;
      const run = i === 0 ? encoder : global;
      parts.push(trainedBy(run, () => lossOf(run.apply(x, { training: true }) as Tensor)));
    }
    for (const [name, value] of stepOf(student!, [whole, ...local])) {
      const seen = parts.flatMap((part) => part.get(name) ?? []);
      const isStatistic = name.includes('running_');
      const expected = Float64Array.from(value, (_, c) => {
        if (!isStatistic) return seen.reduce((total, gradient) => total + gradient[c]!, 0);
        // What a view leaves alone is 0.9 of the start and 0.1 of its own.
        const first = start[name]!.data[c]!;
        return seen.reduce((running, after) => 0.9 * running + (after[c]! - 0.9 * first), first);
      });
      expect(value, name).toBeAllclose(expected, 1e-4);
      expect(seen.length, name).toBe(/reg_conv|projector/.test(name) ? 1 : 3);
    }
    for (const { encoder } of [student!, ...alone]) encoder.dispose();
    for (const x of [whole, ...local]) x.dispose();
  });

  it('can be traced', () => {
    const [plain, traced] = [false, true].map((isTraced) => {
      const model = encoderOf(WHOLE!);
      const all = views();
      const [whole, ...local] = all;
      const variables = namedParameters(model.encoder).flatMap((each) => (each.trainable ? [each.variable] : []));
      const step = () => {
        const { value, grads } = variableGrads(() => {
          const outputs = model.encoder.apply(whole, { training: true }) as Tensor[];
          return lossOf([...outputs, ...local.map((crop) => model.global.apply(crop, { training: true }) as Tensor)]);
        }, variables);
        return [value, ...variables.map(({ name }) => grads[name]!)];
      };
      const results = (isTraced ? replayed(step) : () => tidy(step))();
      const values = [...results, ...model.encoder.getWeights()].map((tensor) => Array.from(tensor.dataSync()));
      for (const each of [...results, ...all, model.encoder]) each.dispose();
      return values;
    });
    expect(traced).toEqual(plain);
  });
});
