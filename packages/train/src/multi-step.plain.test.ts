import { expect, test } from 'vitest';
import { multiStep } from './multi-step.js';

const at = (step: number) => ({ step, stepsPerEpoch: 10, epochs: 8 });

test('the rate falls at the first step of each milestone, in whatever order they are given', () => {
  const schedule = multiStep({ milestones: [5, 2], gamma: 0.5 });
  expect([0, 19, 20, 49, 50, 79].map((step) => schedule.learningRate(0.4, at(step)))).toEqual([
    0.4, 0.4, 0.2, 0.2, 0.1, 0.1,
  ]);
  expect(multiStep({ milestones: [] }).learningRate(0.4, at(70))).toBe(0.4);
});

test('keeps its own milestones', () => {
  const milestones = [2];
  const schedule = multiStep({ milestones });
  milestones.push(0);
  expect(schedule.learningRate(1, at(5))).toBe(1);
  expect(schedule.options).toEqual({ milestones: '2', gamma: 0.1 });
});

test('bad options are refused', () => {
  expect(() => multiStep({ milestones: [3, -1] })).toThrow(/Cannot step at epoch -1/);
  expect(() => multiStep({ milestones: [Number.NaN] })).toThrow(/Cannot step at epoch NaN/);
  expect(() => multiStep({ milestones: [3], gamma: 0 })).toThrow(/multiply the learning rate by 0/);
});
