import { hypercolumn, joinOutputs, mlp, namedParameters, resnet, withHead } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import { add, memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { momentumEncoder } from './momentum-encoder.js';
import { shuffled } from './shuffled.js';

/** CGH's encoder, small: a global and a hypercolumn head on one backbone. */
function build(): LayersModel {
  const rng = createRng(0);
  const backbone = resnet({ blocks: [1, 1], widths: [2, 3], stem: 'cifar', inputShape: [6, 6, 1], rng });
  const columns = hypercolumn(backbone, { taps: ['stage1', 'stage2'], rng });
  return joinOutputs([
    withHead(backbone, mlp({ hidden: 4, units: 2, rng })),
    withHead(columns, mlp({ hidden: 4, units: 3, rng, name: 'projector' })),
  ]);
}

const images = (seed: number, size = 6): Tensor => createRng(seed).uniformTensor([4, size, size, 1]);
const values = (model: LayersModel) =>
  new Map(namedParameters(model).map(({ name, variable }) => [name, Array.from(variable.dataSync())]));
const isBuffer = (name: string) => name.includes('running_');

it('copies backbone and heads, each weight once, and gives the outputs of both heads without a gradient', () => {
  const before = memory().numTensors;
  const query = build();
  const held = memory().numTensors;
  const key = momentumEncoder(query);
  expect(memory().numTensors).toBe(2 * held - before);
  expect(values(key.model)).toEqual(values(query));
  expect(namedParameters(key.model).every(({ trainable }) => !trainable)).toBe(true);
  for (const size of [6, 9]) {
    tidy(() => {
      const x = images(1, size);
      for (const training of [false, true]) {
        const keys = key.forward<Tensor[]>(x, { training });
        const expected = query.apply(x, { training }) as Tensor[];
        expect(keys.map(({ shape }) => shape)).toEqual([
          [4, 2],
          [4, 3],
        ]);
        keys.forEach((output, i) => {
          expect(output).toBeAllclose(expected[i]!, 0);
        });
      }
    });
  }
  // The backbone ran once for both heads: the statistics of the copy went where those of the model did.
  expect(values(key.model)).toEqual(values(query));
  key.dispose();
  query.dispose();
  expect(memory().numTensors).toBe(before);
});

it('moves every weight of backbone and heads once an update, plain and traced', () => {
  const query = build();
  const [plain, traced] = [momentumEncoder(query, { momentum: 0.75 }), momentumEncoder(query, { momentum: 0.75 })];
  const start = values(query);
  tidy(() => {
    for (const { variable } of namedParameters(query)) variable.assign(add(variable, 2));
  });
  plain.update();
  replayed(() => {
    traced.update();
    return [];
  })();
  for (const [name, value] of values(plain.model)) {
    expect(value, name).toBeAllclose(start.get(name)!.map((v) => (isBuffer(name) ? v : v + 0.5)));
  }
  expect([...values(traced.model)]).toEqual([...values(plain.model)]);
  for (const each of [plain, traced, query]) each.dispose();
});

it('has keys of both heads in the order of the images, however they were shuffled', () => {
  const query = build();
  const key = momentumEncoder(query);
  const x = images(2);
  const before = memory().numTensors;
  tidy(() => {
    const run = (batch: Tensor) => key.forward<Tensor[]>(batch, { training: false });
    const keys = shuffled(run, x, createRng(5));
    run(x).forEach((expected, i) => {
      expect(keys[i]!).toBeAllclose(expected, 1e-5);
    });
  });
  expect(memory().numTensors).toBe(before);
  for (const each of [x, key, query]) each.dispose();
});
