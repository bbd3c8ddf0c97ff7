import { expect, test } from 'vitest';
import { constant, cosine } from './schedule.js';

const at = (step: number) => ({ step, stepsPerEpoch: 10, epochs: 4 });

test('cosine goes from the base rate to the final one, half-way in the middle', () => {
  const schedule = cosine({ final: 0.02 });
  expect(schedule.learningRate(0.1, at(0))).toBeCloseTo(0.1, 12);
  expect(schedule.learningRate(0.1, at(20))).toBeCloseTo(0.06, 12);
  expect(schedule.learningRate(0.1, at(40))).toBeCloseTo(0.02, 12);
});

test('the warm-up is linear from 0 and meets the base rate', () => {
  const schedule = cosine({ warmupEpochs: 2 });
  expect([0, 5, 10, 20].map((step) => schedule.learningRate(0.4, at(step)))).toEqual([0, 0.1, 0.2, 0.4]);
  expect(schedule.learningRate(0.4, at(39))).toBeLessThan(0.01);
});

test('constant stays', () => {
  expect(constant().learningRate(0.3, at(17))).toBe(0.3);
});

test('a warm-up that is negative or outlasts the run is refused', () => {
  expect(() => cosine({ warmupEpochs: -1 })).toThrow(/warm up for -1 epochs/);
  expect(() => cosine({ warmupEpochs: 4 }).learningRate(1, at(0))).toThrow(/must end before the run/);
});

test('a cosine can reach its final rate at the last step, or in the last epoch', () => {
  const byStep = cosine({ final: 0.02, reached: 'last' });
  expect([0, 39].map((step) => byStep.learningRate(0.1, at(step)))).toBeAllclose([0.1, 0.02], 1e-12);
  const byEpoch = cosine({ final: 0.02, reached: 'last', every: 'epoch', warmupEpochs: 1 });
  expect([10, 29, 30, 39].map((step) => byEpoch.learningRate(0.1, at(step)))).toBeAllclose(
    [0.1, 0.06, 0.02, 0.02],
    1e-12,
  );
  const single = { step: 0, stepsPerEpoch: 1, epochs: 1 };
  expect(byStep.learningRate(0.1, single)).toBe(0.02);
});
