import { type GoldenValue, goldenTensor, isGoldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  getBackend,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { loadParameters } from './load-parameters.js';
import { namedParameters } from './named-parameters.js';
import type { ParameterValue } from './read-parameters.js';
import { resnet18, resnet50 } from './resnet-depths.js';
import { formulaTensor, hashBits, torchvisionStateDict } from './testing/formula-weights.js';
import { toTorchLayout } from './torch-layout.js';

const golden = loadGolden('resnet');
const architectures = {
  resnet18: { blocks: [2, 2, 2, 2], bottleneck: false },
  resnet50: { blocks: [3, 4, 6, 3], bottleneck: true },
};
const taps = ['stem', 'stage1', 'stage2', 'stage3', 'stage4', 'pooled'];

type Summary = Record<string, GoldenValue>;
const depthOf = (name: string) => (name.startsWith('resnet50') ? 'resnet50' : 'resnet18');
const tensorsOf = (record: GoldenValue | undefined) => Object.entries(record as Record<string, Summary>);

function summarize(data: ArrayLike<number>): Record<string, number | number[]> {
  const values = Array.from(data);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((a, b) => a + b * b, 0);
  return {
    mean,
    std: Math.sqrt(Math.max(0, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)),
    sum: mean * values.length,
    norm: Math.sqrt(squares),
    first8: values.slice(0, 8),
    first4: values.slice(0, 4),
  };
}

/** Compares every figure that the golden file has of a tensor. */
function expectSummary(caseName: string, path: string, actual: ArrayLike<number>, expected: Summary) {
  const summary = summarize(actual);
  for (const [figure, value] of Object.entries(expected)) {
    if (figure === 'shape' || figure === 't') continue;
    const tolerance = toleranceOf(golden, caseName, `${path}.${figure}`);
    const wanted = isGoldenTensor(value) ? value.data : (value as number);
    expect(summary[figure], `${caseName} ${path}.${figure}`).toBeAllclose(wanted, tolerance);
  }
}

function inputOf(shape: number[], t: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => (hashBits(i, t) >>> 24) / 128 - 1),
    shape,
  );
}

function build(caseName: string) {
  const params = golden.params[caseName]!;
  const [, channels, height, width] = params.input_shape as number[];
  const cifarStem = params.cifar_stem as boolean;
  const inputShape: [number, number, number] = [height!, width!, channels!];
  const make = depthOf(caseName) === 'resnet50' ? resnet50 : resnet18;
  const model = make({ inputShape, stem: cifarStem ? 'cifar' : 'imagenet', taps });
  const names = torchvisionStateDict({ ...architectures[depthOf(caseName)], cifarStem, channels: channels! });
  const kind = params.weights as 'hash' | 'sine';
  const state: Record<string, ParameterValue> = {};
  names.forEach(({ name, shape }, t) => {
    state[name] = formulaTensor(name, shape, t, kind);
  });
  loadParameters(model, state);
  return model;
}

function expectStages(caseName: string, outputs: Tensor[]) {
  const expected = golden.expected[caseName]!;
  tensorsOf(expected.stages).forEach(([stage, summary], i) => {
    const nchw = transpose(outputs[i]!, [0, 3, 1, 2]);
    expect(nchw.shape).toEqual(summary.shape);
    expectSummary(caseName, `stages.${stage}`, nchw.dataSync(), summary);
  });
  expect(outputs.at(-1)).toBeAllclose(goldenTensor(expected.features), toleranceOf(golden, caseName, 'features'));
}

function expectGradients(caseName: string, model: LayersModel, images: Tensor) {
  const expected = golden.expected[caseName]!;
  const parameters = namedParameters(model);
  const trainable = parameters.filter((p) => p.trainable).map((p) => p.variable);
  const { value, grads } = variableGrads(() => {
    const outputs = model.apply(images, { training: true }) as Tensor[];
    expectStages(caseName, outputs);
    const features = outputs.at(-1)!;
    return sum(mul(features, features)) as Scalar;
  }, trainable);
  expect(value).toBeAllclose(expected.loss as number, toleranceOf(golden, caseName, 'loss'));
  for (const [name, summary] of tensorsOf(expected.gradients)) {
    const { variable } = parameters.find((p) => p.name === name)!;
    expectSummary(caseName, `gradients.${name}`, toTorchLayout(grads[variable.name]!).dataSync(), summary);
  }
  for (const [layer, statistics] of tensorsOf(expected.running)) {
    for (const [which, summary] of Object.entries(statistics)) {
      const { variable } = parameters.find((p) => p.name === `${layer}.running_${which}`)!;
      expectSummary(caseName, `running.${layer}.${which}`, variable.dataSync(), summary as Summary);
    }
  }
}

describe('the weights of the golden file', () => {
  const { weights_by_formula: all } = golden.expected;
  it.each(Object.keys(all ?? {}).map((network) => ({ network })))('$network', ({ network }) => {
    const depth = depthOf(network);
    const kind = network.endsWith('sine') ? 'sine' : 'hash';
    const dict = torchvisionStateDict({ ...architectures[depth], cifarStem: network.includes('cifar'), channels: 3 });
    for (const [name, expected] of tensorsOf(all![network]).filter(([name]) => !name.startsWith('fc.'))) {
      const t = dict.findIndex((entry) => entry.name === name);
      expect(t).toBe(expected.t);
      const { sum, norm, first4 } = summarize(formulaTensor(name, dict[t]!.shape, t, kind).data);
      expect(first4).toBeAllclose(goldenTensor(expected.first4), 1e-6);
      expect(Math.abs((sum as number) - (expected.sum as number))).toBeLessThan(1e-6 * (expected.norm as number) * 100);
      expect(norm).toBeAllclose(expected.norm as number, 1e-6);
    }
  });
});

// A ResNet-50 takes minutes in plain JavaScript.
if (getBackend() !== 'cpu') {
  describe('torchvision’s ResNets', () => {
    const cases = Object.keys(golden.params).filter((name) => 'input_shape' in golden.params[name]!);
    it.each(cases.map((caseName) => ({ caseName })))('$caseName', ({ caseName }) => {
      const before = memory().numTensors;
      const params = golden.params[caseName]!;
      const model = build(caseName);
      tidy(() => {
        const nchw = inputOf(params.input_shape as number[], params.input_t as number);
        expect(nchw.dataSync().slice(0, 8)).toBeAllclose(goldenTensor(golden.inputs[caseName]!.input_first8), 0);
        const images = transpose(nchw, [0, 2, 3, 1]);
        if (params.mode === 'train') expectGradients(caseName, model, images);
        else expectStages(caseName, model.predict(images) as Tensor[]);
      });
      model.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });
}
