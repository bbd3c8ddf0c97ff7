import { replayed } from '@hcsc/testing';
import { isTracing } from '@hcsc/trace';
import { memory, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createRng, type Rng, restoreRng } from './rng.js';

const draws = (rng: { uniform(): number }, n: number) => Array.from({ length: n }, () => rng.uniform());

test('equal seeds give equal streams, other seeds others', () => {
  expect(draws(createRng(7), 50)).toEqual(draws(createRng(7), 50));
  expect(draws(createRng(7), 50)).not.toEqual(draws(createRng(8), 50));
  expect(draws(createRng(7 + 2 ** 32), 50)).not.toEqual(draws(createRng(7), 50));
});

test('a stream goes on from its state', () => {
  const rng = createRng(3);
  draws(rng, 11);
  const state = JSON.parse(JSON.stringify(rng.state()));
  const expected = draws(rng, 20);
  expect(draws(restoreRng(state), 20)).toEqual(expected);
  expect(restoreRng(state).fork('a').uniform()).toBe(createRng(3).fork('a').uniform());
});

test('forks depend on seed and label only, and leave the parent where it was', () => {
  const used = createRng(5);
  draws(used, 9);
  const before = used.state();
  expect(draws(used.fork('views'), 5)).toEqual(draws(createRng(5).fork('views'), 5));
  expect(used.state()).toEqual(before);
  expect(draws(used.fork(1), 5)).not.toEqual(draws(used.fork('1'), 5));
});

test('uniform: mean 1/2, variance 1/12, flat in 16 bins', () => {
  const values = draws(createRng(1), 160_000);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.003);
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.001);
  const bins = new Array(16).fill(0);
  for (const v of values) bins[Math.floor(v * 16)]++;
  // chi-square with 15 degrees of freedom: 37.7 is the 99.9th percentile
  expect(bins.reduce((chi, n) => chi + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(37.7);
});

test('normal: mean 0, variance 1, kurtosis 3', () => {
  const rng = createRng(2);
  const values = Array.from({ length: 100_000 }, () => rng.normal());
  const moment = (p: number) => values.reduce((a, b) => a + b ** p, 0) / values.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.015);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15);
});

test('a permutation holds every index once, each place equally often', () => {
  const rng = createRng(4);
  const first = new Array(6).fill(0);
  for (let i = 0; i < 6000; i++) {
    const order = rng.permutation(6);
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    first[order[0]!]++;
  }
  for (const n of first) expect(Math.abs(n - 1000)).toBeLessThan(130);
});

test('tensors have shape, range and one owner', () => {
  const before = memory().numTensors;
  const t = createRng(0).uniformTensor([3, 4], -2, 2);
  expect(t.shape).toEqual([3, 4]);
  expect(t.dtype).toBe('float32');
  for (const v of t.dataSync()) expect(v >= -2 && v < 2).toBe(true);
  t.dispose();
  expect(memory().numTensors).toBe(before);
});

test('bad seeds, bounds and states are refused', () => {
  expect(() => createRng(-1)).toThrow(/give an integer of at least 0/);
  expect(() => createRng(0.5)).toThrow(RangeError);
  expect(() => createRng(0).integer(0)).toThrow(/integer below 0/);
  expect(() => createRng(0).restore({ words: [1, 2, 3] } as never)).toThrow(/four 32-bit words/);
});

test('a permutation as a tensor holds the same draws', () => {
  const before = memory().numTensors;
  const order = createRng(6).permutationTensor(9);
  expect([order.dtype, order.shape]).toEqual(['int32', [9]]);
  expect([...order.dataSync()]).toEqual([...createRng(6).permutation(9)]);
  order.dispose();
  expect(memory().numTensors).toBe(before);
});

/** Draws of every kind, from the stream, its forks and theirs, and from a stream made on the way. */
function manyDraws(rng: Rng): Tensor[] {
  const views = rng.fork('views');
  return [
    rng.uniformTensor([3], -1, 1),
    views.normalTensor([2, 2]),
    rng.fork('views').uniformTensor([2]), // the same fork again: the same draws
    views.fork(2).permutationTensor(5),
    views.uniformTensor([2]),
    createRng(11).normalTensor([2]), // made anew: the same at every call
    rng.normalTensor([1], 5, 2),
  ];
}

const valuesOf = (tensors: Tensor[]) =>
  tensors.map((t) => {
    const values = Array.from(t.dataSync());
    t.dispose();
    return values;
  });

test('a traced function draws at each call what the plain one draws, and moves the stream as far', () => {
  const before = memory().numTensors;
  const [plain, traced] = [createRng(8), createRng(8)];
  const start = traced.state();
  const draw = replayed(() => {
    expect(isTracing()).toBe(true);
    return manyDraws(traced);
  });
  const calls: number[][][] = [];
  for (let call = 0; call < 3; call++) {
    calls.push(valuesOf(draw()));
    expect(calls[call]).toEqual(valuesOf(manyDraws(plain)));
    expect(traced.state()).toEqual(plain.state());
  }
  expect(calls[1]![0]).not.toEqual(calls[0]![0]);
  // put back to another stream between calls, forks follow
  const other = createRng(123).fork('step 4').state();
  for (const state of [other, start]) {
    traced.restore(state);
    expect(valuesOf(draw())).toEqual(valuesOf(manyDraws(restoreRng(state))));
  }
  expect(memory().numTensors).toBe(before);
});

test('a trace that fails leaves the stream where it was', () => {
  const rng = createRng(8);
  rng.uniform();
  const state = rng.state();
  const fails = replayed(() => {
    rng.uniformTensor([4]);
    rng.fork('a').permutationTensor(3);
    throw new Error('stop');
  });
  expect(() => fails()).toThrow('stop');
  expect(rng.state()).toEqual(state);
});

const ANOTHER = createRng(1).state();

test.each<[string, (rng: Rng) => unknown, RegExp]>([
  ['uniform', (rng) => rng.uniform(), /Cannot draw rng.uniform\(\) while .* use rng.uniformTensor/],
  ['integer', (rng) => rng.integer(3), /Cannot draw rng.integer\(\) .* use perCall/],
  ['normal', (rng) => rng.normal(), /use rng.normalTensor/],
  ['permutation', (rng) => rng.permutation(3), /use rng.permutationTensor/],
  ['state', (rng) => rng.state(), /Cannot take rng.state\(\)/],
  ['restore', (rng) => rng.restore(ANOTHER), /Cannot run rng.restore\(\) .* use it between calls/],
])('%s would be frozen, and is refused while a function is traced', (_, draw, message) => {
  const rng = createRng(0);
  const before = rng.state();
  const traced = replayed(() => {
    draw(rng);
    return [];
  });
  expect(() => traced()).toThrow(message);
  expect(rng.state()).toEqual(before);
  expect(() => draw(rng)).not.toThrow();
});
