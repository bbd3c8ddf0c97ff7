import { createRng, type Rng } from '@hcsc/random';
import {
  formulaWeights,
  type GoldenValue,
  goldenTensor,
  hashBits,
  isGoldenTensor,
  loadGolden,
  toleranceOf,
} from '@hcsc/testing';
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
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { loadParameters } from './load-parameters.js';
import { namedParameters } from './named-parameters.js';
import type { ParameterValue } from './read-parameters.js';
import { resnet18, resnet34, resnet50 } from './resnet-depths.js';
import { torchvisionStateDict } from './testing/torchvision-state-dict.js';
import { toTorchLayout } from './torch-layout.js';

const golden = loadGolden('resnet');
const architectures = {
  resnet18: { make: resnet18, blocks: [2, 2, 2, 2], bottleneck: false },
  resnet34: { make: resnet34, blocks: [3, 4, 6, 3], bottleneck: false },
  resnet50: { make: resnet50, blocks: [3, 4, 6, 3], bottleneck: true },
};
const architectureOf = (caseName: string) => architectures[caseName.split('_')[0] as keyof typeof architectures];
const taps = ['stem', 'stage1', 'stage2', 'stage3', 'stage4', 'pooled'];

/** The weights drawn are written over: drawing 25 million numbers would take longer than the rest. */
const noDraws: Rng = { ...createRng(0), normalTensor: (shape) => zeros([...shape]) };

type Summary = Record<string, GoldenValue>;
const tensorsOf = (record: GoldenValue | undefined) => Object.entries(record as Record<string, Summary>);

function summarize(data: ArrayLike<number>): Record<string, number | number[]> {
  let [sum, squares, deviation] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    sum += data[i]!;
    squares += data[i]! ** 2;
  }
  const mean = sum / data.length;
  for (let i = 0; i < data.length; i++) deviation += (data[i]! - mean) ** 2;
  const first = (count: number) => Array.from({ length: count }, (_, i) => data[i]!);
  const std = Math.sqrt(deviation / data.length);
  return { mean, std, sum, norm: Math.sqrt(squares), first8: first(8), first4: first(4) };
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
  const { make, ...architecture } = architectureOf(caseName);
  const model = make({ inputShape, stem: cifarStem ? 'cifar' : 'imagenet', taps, rng: noDraws });
  const names = torchvisionStateDict({ ...architecture, cifarStem, channels: channels! });
  const kind = params.weights as 'hash' | 'sine';
  const state: Record<string, ParameterValue> = {};
  names.forEach(({ name, shape }, t) => {
    state[name] = formulaWeights(name, shape, t, kind);
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
    const kind = network.endsWith('sine') ? 'sine' : 'hash';
    const dict = torchvisionStateDict({
      ...architectureOf(network),
      cifarStem: network.includes('cifar'),
      channels: 3,
    });
    for (const [name, expected] of tensorsOf(all![network]).filter(([name]) => !name.startsWith('fc.'))) {
      const t = dict.findIndex((entry) => entry.name === name);
      expect(t).toBe(expected.t);
      const summary = summarize(formulaWeights(name, dict[t]!.shape, t, kind).data);
      for (const figure of ['first4', 'sum', 'norm']) {
        const wanted = expected[figure]!;
        const tolerance = toleranceOf(golden, 'weights_by_formula', figure);
        expect(summary[figure], `${name} ${figure}`).toBeAllclose(
          isGoldenTensor(wanted) ? wanted.data : (wanted as number),
          tolerance,
        );
      }
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
