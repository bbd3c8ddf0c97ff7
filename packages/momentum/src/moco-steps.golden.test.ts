import {
  batchNorm,
  loadParameters,
  mlp,
  namedParameters,
  type ParameterValue,
  readParameters,
  withHead,
} from '@hcsc/backbones';
import { infoNCE } from '@hcsc/losses';
import { createRng } from '@hcsc/random';
import { formulaWeights, type GoldenValue, goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  add,
  concat,
  div,
  matMul,
  memory,
  mul,
  norm,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tidy,
  transpose,
  variable,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { keyQueue } from './key-queue.js';
import { momentumEncoder } from './momentum-encoder.js';

const golden = loadGolden('moco_steps');

/** conv 3×3 – BN – ReLU – conv 3×3 of stride 2 – BN – ReLU – mean – linear – ReLU – linear. */
function build(height: number, width: number, channels: number, dim: number): LayersModel {
  const images = input({ shape: [height, width, channels] });
  const block = (x: SymbolicTensor, i: number, filters: number, strides: number) => {
    const padded = layers.zeroPadding2d({ name: `pad${i}`, padding: 1 }).apply(x);
    const options = { name: `conv${i}`, filters, strides, kernelSize: 3, useBias: false, kernelInitializer: 'zeros' };
    const y = batchNorm({ name: `bn${i}` }).apply(layers.conv2d(options as never).apply(padded));
    return layers.reLU({ name: `relu${i}` }).apply(y) as SymbolicTensor;
  };
  const x = block(block(images, 1, 8, 1), 2, 16, 2);
  const features = layers.globalAveragePooling2d({ name: 'pool' } as never).apply(x) as SymbolicTensor;
  return withHead(model({ inputs: images, outputs: features }), mlp({ hidden: 16, units: dim }));
}

/** The net's state dict in PyTorch's order, as the notes of the file list it. */
function stateDict(channels: number, dim: number): Record<string, ParameterValue> {
  const norm = (name: string, size: number) =>
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [size]] as const);
  const shapes = [
    ['conv1.weight', [8, channels, 3, 3]] as const,
    ...norm('bn1', 8),
    ['conv2.weight', [16, 8, 3, 3]] as const,
    ...norm('bn2', 16),
    ['fc.0.weight', [16, 16]] as const,
    ['fc.0.bias', [16]] as const,
    ['fc.2.weight', [dim, 16]] as const,
    ['fc.2.bias', [dim]] as const,
  ];
  return Object.fromEntries(
    shapes.map(([name, shape], t) => {
      const start = name.endsWith('running_mean') ? 0 : name.endsWith('running_var') ? 1 : null;
      const constant = start !== null && { shape, data: new Float32Array(shape[0]).fill(start) };
      return [name, constant || formulaWeights(name, shape, t, 'hash')];
    }),
  );
}

const normalize = (x: Tensor) => div(x, norm(x, 2, 1, true)) as Tensor2D;
const record = (value: GoldenValue | undefined) => Object.entries(value as Record<string, GoldenValue>);

describe.each(Object.keys(golden.params).map((caseName) => ({ caseName })))(
  'three MoCo steps, $caseName',
  ({ caseName }) => {
    const params = golden.params[caseName] as Record<string, number>;
    const inputs = golden.inputs[caseName]!;
    const expected = golden.expected[caseName]!;
    const check = (actual: Tensor | ArrayLike<number> | number, path: string, value: GoldenValue | undefined) => {
      const wanted = typeof value === 'number' ? value : goldenTensor(value);
      expect(actual, path).toBeAllclose(wanted, toleranceOf(golden, caseName, path));
    };

    it('end where the official code ends', async () => {
      const before = memory().numTensors;
      const { lr = 0, momentum = 0, weight_decay = 0, ema, T: temperature, queue: size = 0, steps = 0 } = params;
      const [, batch = 0, channels = 0, height = 0, width = 0] = goldenTensor(inputs.images_q).shape;
      const [dim = 0] = goldenTensor(inputs.queue).shape;
      const query = build(height, width, channels, dim);
      loadParameters(query, stateDict(channels, dim));
      const key = momentumEncoder(query, { momentum: ema });
      const queue = keyQueue({ size, dim, rng: createRng(0) });
      tidy(() => queue.restore({ keys: transpose(tensor(goldenTensor(inputs.queue).data, [dim, size])), pointer: 0 }));
      const trained = namedParameters(query).filter(({ trainable }) => trainable);
      const variables = trained.map((parameter) => parameter.variable);
      const buffers = variables.map((v) => tidy(() => variable(zerosLike(v), false)));
      const view = (which: 'images_q' | 'images_k', step: number) => {
        const all = goldenTensor(inputs[which]);
        const length = all.data.length / steps;
        const nchw = tensor(all.data.slice(step * length, (step + 1) * length), [batch, channels, height, width]);
        return transpose(nchw, [0, 2, 3, 1]);
      };

      const losses: number[] = [];
      const held = memory().numTensors;
      for (let step = 0; step < steps; step++) {
        tidy(() => {
          key.update();
          const keys = normalize(key.forward(view('images_k', step)));
          const { value, grads } = variableGrads(() => {
            const queries = normalize(query.apply(view('images_q', step), { training: true }) as Tensor);
            if (step === 0) {
              const positive = sum(mul(queries, keys), 1, true);
              const logits = div(concat([positive, matMul(queries, queue.keys, false, true)], 1), temperature!);
              check(logits, 'logits_step0', expected.logits_step0);
            }
            return infoNCE(queries, keys, queue.keys, { temperature, check: false }) as Scalar;
          }, variables);
          losses.push(value.dataSync()[0]!);
          queue.enqueue(keys);
          trained.forEach(({ name, variable: v }, i) => {
            const gradient = grads[v.name]!;
            const norms = expected.grad_norms_step0 as Record<string, number>;
            if (step === 0) check(norm(gradient), `grad_norms_step0.${name}`, norms[name]);
            buffers[i]!.assign(add(mul(buffers[i]!, momentum), add(gradient, mul(v, weight_decay))));
            v.assign(sub(v, mul(buffers[i]!, lr)));
          });
        });
        expect(memory().numTensors).toBe(held);
      }

      check(losses, 'losses', expected.losses);
      tidy(() => check(transpose(queue.keys), 'queue_after', expected.queue_after));
      expect(queue.pointer).toBe(expected.ptr_after);
      const states: Record<string, Record<string, ParameterValue>> = {
        encoder_q: await readParameters(query),
        encoder_k: await readParameters(key.model),
      };
      const find = (path: string) => {
        const dot = path.indexOf('.');
        return Array.from(states[path.slice(0, dot)]![path.slice(dot + 1)]!.data);
      };
      for (const [path, sums] of record(expected.checksums)) {
        const { sum, norm } = sums as { sum: number; norm: number };
        const values = find(path);
        const total = values.reduce((a, b) => a + b, 0);
        check(total, `checksums.${path}.sum`, sum);
        check(Math.hypot(...values), `checksums.${path}.norm`, norm);
      }
      for (const [path, weights] of record(expected.last_layer)) check(find(path), `last_layer.${path}`, weights);

      for (const owned of [key, queue, query, ...buffers]) owned.dispose();
      expect(memory().numTensors).toBe(before);
    });
  },
);

it('does not grow over 20 steps', () => {
  const query = build(6, 6, 1, 4);
  const key = momentumEncoder(query);
  const queue = keyQueue({ size: 10, dim: 4, rng: createRng(0) });
  const images = createRng(1).uniformTensor([3, 6, 6, 1]);
  const before = memory();
  for (let step = 0; step < 20; step++) {
    tidy(() => {
      key.update();
      const keys = normalize(key.forward(images));
      const { grads } = variableGrads(() => {
        const queries = normalize(query.apply(images, { training: true }) as Tensor);
        return infoNCE(queries, keys, queue.keys, { check: false }) as Scalar;
      });
      queue.enqueue(keys);
      for (const { variable } of namedParameters(query)) {
        const gradient = grads[variable.name];
        if (gradient) variable.assign(sub(variable, mul(gradient, 0.1)));
      }
    });
  }
  expect(memory().numTensors).toBe(before.numTensors);
  expect(memory().numBytes).toBe(before.numBytes);
  expect(queue.filled).toBe(10);
  for (const owned of [key, queue, query, images]) owned.dispose();
});
