import { goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { describe, expect, test } from 'vitest';
import { cosineDecay, hcscLinearProtocol, mocoLinearProtocol, type ProbeSchedule, stepDecay } from './index.js';

const golden = loadGolden('schedules');

const params = (name: string) => {
  const { lr, epochs, schedule = [], final_lr: final } = golden.params[name] as Record<string, number>;
  return { lr: lr!, epochs: epochs!, milestones: schedule as unknown as number[], final: final! };
};

function expectRates(name: string, schedule: ProbeSchedule) {
  const { lr, epochs } = params(name);
  const rates = Array.from({ length: epochs }, (_, epoch) => lr * schedule(epoch, epochs));
  expect(rates).toBeAllclose(goldenTensor(golden.expected[name]!.lr).data, toleranceOf(golden, name, 'lr'));
}

test('linear_eval_step', () => expectRates('linear_eval_step', stepDecay(params('linear_eval_step').milestones)));

test('linear_eval_cosine', () => {
  const { lr, final } = params('linear_eval_cosine');
  expectRates('linear_eval_cosine', cosineDecay(final / lr));
});

describe('protocols', () => {
  test.each([
    ['MoCo', mocoLinearProtocol, 30],
    ['HCSC', hcscLinearProtocol, 5],
  ])('%s: 100 epochs, a tenth from 60 and from 80 on', (_, { epochs, schedule, learningRate }, rate) => {
    const at = (epoch: number) => learningRate * schedule(epoch, epochs);
    expect([0, 59, 60, 79, 80, 99].map(at)).toBeAllclose(
      [1, 1, 0.1, 0.1, 0.01, 0.01].map((x) => x * rate),
      1e-12,
    );
  });
});
