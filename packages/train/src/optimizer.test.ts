import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '@hcsc/runtime';
import { replayed } from '@hcsc/testing';
import { readSafetensors, toTensors, writeSafetensors } from '@hcsc/weights';
import { dispose, memory, mul, type Scalar, scalar, type Tensor, tensor, tidy, variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { adamW } from './adam-w.js';
import { clipGradients } from './clip-gradients.js';
import { lars } from './lars.js';
import { normAndBias } from './norm-and-bias.js';
import type { Optimizer, OptimizerFactory } from './optimizer.js';
import { sgd } from './sgd.js';

const shapes = { 'conv1.weight': [2, 3], 'bn1.weight': [3], 'fc.bias': [1] };
const wave = (size: number, phase: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i + 3 * phase));

const makeParameters = () =>
  Object.entries(shapes).map(([name, shape], i) => ({
    name,
    variable: tidy(() =>
      variable(
        tensor(
          wave(
            shape.reduce((a, b) => a * b),
            i + 1,
          ),
          shape,
        ),
      ),
    ),
  }));
const gradientsOf = (step: number): Tensor[] =>
  Object.values(shapes).map((shape, i) =>
    tensor(
      wave(
        shape.reduce((a, b) => a * b),
        step + i / 5,
      ),
      shape,
    ),
  );
const read = (parameters: ReturnType<typeof makeParameters>) =>
  parameters.flatMap(({ variable: p }) => Array.from(p.dataSync()));

const all: readonly (readonly [string, () => OptimizerFactory])[] = [
  ['sgd', () => sgd({ learningRate: 0.1, weightDecay: 0.01, exclude: normAndBias })],
  ['sgd, Nesterov', () => sgd({ learningRate: 0.1, nesterov: true })],
  ['lars', () => lars({ learningRate: 0.1, weightDecay: 0.01, trustCoefficient: 0.5 })],
  ['lars, clipped, of the sum', () => lars({ learningRate: 0.1, norm: 'sum', clip: true, trustCoefficient: 0.5 })],
  ['adamW', () => adamW({ learningRate: 0.1, exclude: normAndBias })],
  ['sgd of clipped gradients', () => clipGradients(sgd({ learningRate: 0.1 }), { norm: 0.5 })],
  ['adamW of clipped gradients', () => clipGradients(adamW({ learningRate: 0.1 }), { norm: 0.5 })],
];

/** Puts an optimiser's state into another, by way of a file. */
async function throughFile(from: Optimizer, to: Optimizer) {
  const folder = await mkdtemp(join(tmpdir(), 'hcsc-optimizer-'));
  await writeSafetensors(join(folder, 'state'), from.state());
  const state = toTensors((await readSafetensors(join(folder, 'state'))).tensors);
  to.restore(state);
  dispose(state);
  await rm(folder, { recursive: true });
}

describe.each(all)('%s', (_, make) => {
  /** Parameters after five steps of changing rates. */
  async function run(stopAfter?: number) {
    const parameters = makeParameters();
    let optimizer = make().create(parameters);
    for (let step = 0; step < 5; step++) {
      if (step === stopAfter) {
        const next = make().create(parameters);
        await throughFile(optimizer, next);
        optimizer.dispose();
        optimizer = next;
      }
      tidy(() => optimizer.apply(gradientsOf(step), 0.1 / (step + 1)));
    }
    const values = read(parameters);
    optimizer.dispose();
    for (const { variable: p } of parameters) p.dispose();
    return values;
  }

  test('goes on from its state exactly as if it had not stopped, and frees everything', async () => {
    const before = memory().numTensors;
    const whole = await run();
    expect(await run(2)).toEqual(whole);
    expect(memory().numTensors).toBe(before);
  });

  test('an update makes no tensor that stays and disposes none that it is given', () => {
    const parameters = makeParameters();
    const optimizer = make().create(parameters);
    const [gradients, rate] = [gradientsOf(0), scalar(0.1)];
    const before = memory().numTensors;
    optimizer.apply(gradients, rate);
    optimizer.apply(gradients, 0.1);
    expect(memory().numTensors).toBe(before);
    expect([...gradients, rate].some((given) => given.isDisposed)).toBe(false);
    dispose([...gradients, rate, ...parameters.map(({ variable: p }) => p)]);
    optimizer.dispose();
  });

  type Step = (a: Tensor, b: Tensor, c: Tensor, rate: Scalar) => Tensor[];
  test.each<[string, (step: Step) => Step & { dispose?: () => void }]>([
    ['compiled', (step) => compile(step)],
    ['replayed', (step) => replayed(step)],
  ])('%s, it descends as it does otherwise', (_, traced) => {
    const [plain, other] = [makeParameters(), makeParameters()];
    const [one, two] = [make().create(plain), make().create(other)];
    const step = traced((a, b, c, rate) => {
      two.apply([a, b, c], rate);
      return [];
    });
    for (let i = 0; i < 4; i++) {
      tidy(() => {
        const [a, b, c] = gradientsOf(i) as [Tensor, Tensor, Tensor];
        one.apply([a, b, c], 0.1 * (i + 1));
        step(a, b, c, scalar(0.1 * (i + 1)));
      });
    }
    expect(read(other)).toBeAllclose(read(plain), 1e-6);
    const states = [one, two].map((optimizer) =>
      Object.values(optimizer.state()).flatMap((buffer) => Array.from(buffer.dataSync())),
    );
    expect(states[1]).toBeAllclose(states[0]!, 1e-6);
    step.dispose?.();
    for (const each of [one, two, ...[...plain, ...other].map(({ variable: p }) => p)]) each.dispose();
  });

  test('refuses gradients and states that do not fit, and changes and leaves nothing', () => {
    const before = memory().numTensors;
    const parameters = makeParameters();
    expect(() => make().create([...parameters, parameters[1]!])).toThrow(/two parameters named bn1.weight/);
    expect(memory().numTensors).toBe(before + parameters.length);
    const optimizer = make().create(parameters);
    const [gradients, wrong] = [gradientsOf(0), tensor([1, 2])];
    const state = () => Object.values(optimizer.state()).flatMap((buffer) => Array.from(buffer.dataSync()));
    optimizer.apply(gradients, 0.1);
    const [values, buffers, tensors] = [read(parameters), state(), memory().numTensors];
    expect(() => optimizer.apply(gradients.slice(1), 0.1)).toThrow(/2 gradients to 3 parameters/);
    expect(() => optimizer.apply([...gradients.slice(0, 2), wrong], 0.1)).toThrow(
      /shape \[2\] to fc.bias of shape \[1\]/,
    );
    const last = Object.keys(optimizer.state()).at(-1)!;
    const zeros = Object.fromEntries(
      Object.entries(optimizer.state()).map(([name, buffer]) => [name, tidy(() => mul(buffer, 0))]),
    );
    expect(() => optimizer.restore({ ...zeros, [last]: wrong })).toThrow(/needed shape \[1\], found \[2\]/);
    const { [last]: left, ...missing } = zeros;
    expect(() => optimizer.restore(missing)).toThrow(/needed shape \[1\], found nothing/);
    const whole = tensor([1], [1], 'int32');
    expect(() => optimizer.restore({ ...missing, [last]: whole })).toThrow(/found int32 \[1\]/);
    dispose([whole, left!, ...Object.values(missing)]);
    expect([read(parameters), state(), memory().numTensors]).toEqual([values, buffers, tensors]);
    dispose([...gradients, wrong, ...parameters.map(({ variable: p }) => p)]);
    optimizer.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

test('the rule for parameters is part of what a run is known by', () => {
  const rule = { learningRate: 1, exclude: normAndBias };
  expect([sgd(rule), lars(rule), adamW(rule)].map(({ options }) => options.exclude)).toEqual(
    Array(3).fill('normAndBias'),
  );
  expect(lars({ learningRate: 1 }).options.exclude).toBe('normAndBias');
  expect(sgd({ learningRate: 1 }).options).toEqual({ momentum: 0.9, weightDecay: 1e-4, nesterov: false });
});
