import {
  type GoldenTensor,
  type GoldenValue,
  goldenTensor,
  goldenToTensor,
  isGoldenTensor,
  loadGolden,
  toleranceOf,
} from '@hcsc/testing';
import {
  add,
  dispose,
  div,
  keep,
  memory,
  mul,
  norm,
  range,
  type Scalar,
  slice,
  sum,
  type Tensor,
  tidy,
  transpose,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { hypercolumn } from './hypercolumn.js';
import { joinOutputs } from './join-outputs.js';
import { loadParameters } from './load-parameters.js';
import { namedParameters } from './named-parameters.js';
import { mlp } from './projection-head.js';
import { toTorchLayout } from './torch-layout.js';
import { withHead } from './with-head.js';

const golden = loadGolden('cgh');
const cases = Object.keys(golden.inputs).filter((name) => 'weights' in golden.inputs[name]!);

const toNhwc = (nchw: Tensor) => transpose(nchw, [0, 2, 3, 1]);
const toNchw = (nhwc: Tensor) => transpose(nhwc, [0, 3, 1, 2]);

/** A backbone whose stages are its inputs. */
function stagesOf(maps: Map<string, GoldenTensor>): LayersModel {
  const inputs = [...maps.values()].map(({ shape: [, c, h, w] }) => input({ shape: [h!, w!, c!] }));
  const outputs = [...maps.keys()].map(
    (name, i) => layers.activation({ name, activation: 'linear' }).apply(inputs[i]!) as SymbolicTensor,
  );
  return model({ inputs, outputs });
}

/** The head with the file's weights: its outputs are the columns, and the projections. */
function build(caseName: string, maps: Map<string, GoldenTensor>): LayersModel {
  const { bn_momentum: momentum, bn_eps: epsilon } = golden.params[caseName] as Record<string, number>;
  const weights = golden.inputs[caseName]!.weights as Record<string, GoldenTensor>;
  const outputs = (name: string) => weights[name]!.shape[0]!;
  const features = hypercolumn(stagesOf(maps), {
    taps: [...maps.keys()],
    channels: outputs('reg_conv.0.weight'),
    batchNorm: { momentum, epsilon },
  });
  const [hidden, units] = [outputs('projector.0.weight'), outputs('projector.2.weight')];
  const projections = withHead(features, mlp({ hidden, units, name: 'projector' }));
  loadParameters(projections, weights);
  const columns = projections.getLayer('reg_conv.columns').output as SymbolicTensor;
  return joinOutputs([model({ inputs: features.inputs, outputs: columns }), projections]);
}

describe.each(cases)('the official hypercolumn head, case %s', (caseName) => {
  const maps = new Map(
    Object.entries(golden.inputs[caseName]!)
      .filter(([name, value]) => name !== 'weights' && isGoldenTensor(value))
      .map(([name, value]) => [name, goldenTensor(value)]),
  );
  it.each(Object.keys(golden.expected[caseName]!))('%s', (mode) => {
    const before = memory().numTensors;
    const head = build(caseName, maps);
    const own = namedParameters(head);
    const named = (name: string) => own.find((parameter) => parameter.name === name)!.variable;
    const kept: Tensor[] = [];
    const images = [...maps.values()].map((map) => tidy(() => variable(toNhwc(goldenToTensor(map as GoldenValue)))));
    tidy(() => {
      const found: Record<string, Tensor> = {};
      const sources: Record<string, Variable> = {
        grad_conv: named('reg_conv.0.weight'),
        grad_bn_weight: named('reg_conv.1.weight'),
      };
      [...maps.keys()].forEach((name, i) => {
        sources[`grad_${name}`] = images[i]!;
      });
      const { grads } = variableGrads(() => {
        const [columns, out] = head.apply(images, { training: mode === 'train' }) as [Tensor, Tensor];
        let channel = 0;
        for (const [name, { shape }] of maps) {
          found[`resized_${name}`] = slice(toNchw(columns), [0, channel], [-1, shape[1]!]);
          channel += shape[1]!;
        }
        found.out = out;
        // A gradient's function leaves nothing else.
        kept.push(...Object.values(found).map((tensor) => keep(tensor)));
        // Each feature counts by its place, from 1.
        const places = add(range(0, out.shape[1]!), 1);
        return sum(mul(div(out, norm(out, 2, 1, true)), places)) as Scalar;
      }, Object.values(sources));
      for (const [name, source] of Object.entries(sources)) {
        const gradient = grads[source.name]!;
        found[name] = images.includes(source) ? toNchw(gradient) : toTorchLayout(gradient);
      }
      found.running_mean_after = named('reg_conv.1.running_mean');
      found.running_var_after = named('reg_conv.1.running_var');
      const expected = Object.entries(golden.expected[caseName]![mode] as Record<string, GoldenValue>);
      expect(expected.length).toBeGreaterThan(0);
      for (const [name, value] of expected) {
        const tolerance = toleranceOf(golden, caseName, `${mode}.${name}`);
        expect(found[name], name).toBeAllclose(goldenTensor(value), tolerance);
      }
    });
    dispose([...images, ...kept]);
    head.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
