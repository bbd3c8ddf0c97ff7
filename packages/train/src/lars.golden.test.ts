import { type GoldenValue, goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { dispose, tensor, tidy, variable } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type LarsOptions, lars } from './lars.js';

const golden = loadGolden('schedules');
const all = () => false;

/** What each code has beside rate, momentum, decay and trust coefficient. */
const variants: Record<string, (params: Record<string, unknown>) => Partial<LarsOptions>> = {
  lars_solo: (params) => (params.exclude_bias_n_norm ? {} : { exclude: all }),
  lars_solo_clip: (params) => ({ clip: true, ...(params.exclude_bias_n_norm ? {} : { exclude: all }) }),
  lars_lightly: () => ({}),
  lars_cgh: () => ({ exclude: all }),
  lars_hcsc: () => ({ norm: 'sum' }),
};

test('every case of LARS is known', () => {
  const cases = Object.keys(golden.expected).filter((name) => name.startsWith('lars'));
  expect(cases.sort()).toEqual(Object.keys(variants).sort());
});

test.each(Object.keys(variants))('%s: parameters after each step', (name) => {
  const params = golden.params[name] as Record<string, number | boolean | { weight: number }>;
  const decay = params.weight_decay!;
  const optimizer = lars({
    learningRate: params.lr as number,
    momentum: params.momentum as number,
    weightDecay: typeof decay === 'object' ? decay.weight : (decay as number),
    trustCoefficient: (params.eta ?? params.trust_coefficient) as number,
    ...variants[name]!(params),
  });
  const read = (from: Record<string, GoldenValue>, key: string) => goldenTensor(from[key]!);
  const inputs = golden.inputs[name] as Record<string, GoldenValue>;
  const expected = golden.expected[name] as Record<string, GoldenValue>;
  const parameters = ['weight', 'bias'].map((key) => {
    const { data, shape } = read(inputs, key);
    return { name: key, variable: tidy(() => variable(tensor(Float32Array.from(data), [...shape]))) };
  });
  const running = optimizer.create(parameters);
  const steps = read(inputs, 'grad_weight').shape[0]!;
  for (let step = 0; step < steps; step++) {
    const gradients = parameters.map(({ name, variable: p }) => {
      const { data } = read(inputs, `grad_${name}`);
      return tensor(Float32Array.from(data).slice(step * p.size, (step + 1) * p.size), p.shape);
    });
    running.apply(gradients, params.lr as number);
    dispose(gradients);
    for (const { name: key, variable: p } of parameters) {
      const after = read(expected, key).data.slice(step * p.size, (step + 1) * p.size);
      expect(p).toBeAllclose(after, toleranceOf(golden, name, key));
    }
  }
  running.dispose();
  for (const { variable: p } of parameters) p.dispose();
});
