import { expect, test } from 'vitest';
import { multiStep } from './multi-step.js';
import { constant, cosine } from './schedule.js';
import { warmup } from './warmup.js';

const at = (step: number) => ({ step, stepsPerEpoch: 4, epochs: 6 });
const rates = (schedule: ReturnType<typeof warmup>, base: number, steps: readonly number[]) =>
  steps.map((step) => schedule.learningRate(base, at(step)));

test('a ramp of steps: the base rate after it, or at its last step', () => {
  expect(rates(warmup(constant(), { epochs: 2 }), 8, [0, 1, 4, 7, 8, 23])).toEqual([0, 1, 4, 7, 8, 8]);
  const last = warmup(constant(), { epochs: 2, from: 1, reached: 'last' });
  expect(rates(last, 8, [0, 1, 4, 7, 8, 23])).toEqual([1, 2, 5, 8, 8, 8]);
});

test('a ramp of epochs stays within an epoch', () => {
  expect(rates(warmup(constant(), { epochs: 2, every: 'epoch' }), 8, [0, 3, 4, 7, 8])).toEqual([0, 0, 4, 4, 8]);
  const last = warmup(constant(), { epochs: 3, every: 'epoch', from: 2, reached: 'last' });
  expect(rates(last, 8, [0, 4, 8, 12])).toEqual([2, 5, 8, 8]);
});

test('parts of an epoch, and one step alone', () => {
  expect(rates(warmup(constant(), { epochs: 0.5 }), 8, [0, 1, 2])).toEqual([0, 4, 8]);
  expect(rates(warmup(constant(), { epochs: 0.25, reached: 'last' }), 8, [0, 1])).toEqual([8, 8]);
  expect(rates(warmup(constant(), { epochs: 0 }), 8, [0, 1])).toEqual([8, 8]);
  const rounded = warmup(constant(), { epochs: 0.1, reached: 'last' });
  expect(rounded.learningRate(8, { step: 2, stepsPerEpoch: 30, epochs: 1 })).toBe(8);
});

test('a cosine begins after it, as with its own warm-up', () => {
  const steps = Array.from({ length: 24 }, (_, step) => step);
  for (const every of ['step', 'epoch'] as const) {
    const outer = rates(warmup(cosine({ every, final: 0.1 }), { epochs: 2 }), 8, steps);
    expect(outer).toBeAllclose(rates(cosine({ every, final: 0.1, warmupEpochs: 2 }), 8, steps), 1e-12);
  }
});

test('milestones are epochs of the run, and warm-ups follow one another', () => {
  expect(rates(warmup(multiStep({ milestones: [4] }), { epochs: 2 }), 8, [8, 15, 16])).toBeAllclose([8, 8, 0.8], 1e-12);
  const two = warmup(warmup(constant(), { epochs: 2, from: 4 }), { epochs: 1, from: 8 });
  expect(rates(two, 8, [0, 3, 4, 8, 12, 20])).toEqual([8, 8, 4, 6, 8, 8]);
});

test('says what it is made of', () => {
  const { name, options } = warmup(cosine(), { epochs: 5 });
  expect(name).toBe('warmup cosine');
  expect(options).toMatchObject({ 'warmup.epochs': 5, 'warmup.from': 0, final: 0, warmupEpochs: 0 });
});

test('bad options, and a warm-up that outlasts the run, are refused', () => {
  expect(() => warmup(cosine(), { epochs: -1 })).toThrow(/warm up with epochs -1/);
  expect(() => warmup(cosine(), { epochs: 1, from: Number.NaN })).toThrow(/warm up with from NaN/);
  expect(() => warmup(cosine(), { epochs: 6 }).learningRate(1, at(0))).toThrow(/warm up for 6 of 6 epochs/);
  const inner = warmup(cosine({ warmupEpochs: 3 }), { epochs: 3 });
  expect(() => inner.learningRate(1, at(13))).toThrow(/warm up for 6 of 6 epochs/);
});
