import { expect, test } from 'vitest';
import { simclrOptimizer } from './optimizer.js';

test.each<[batch: number, options: Parameters<typeof simclrOptimizer>[1], name: string, rate: number, decay: number]>([
  [1024, undefined, 'lars', 1.2, 1e-6],
  [512, { rate: 1 }, 'lars', 2, 1e-6],
  [4096, undefined, 'lars', 4.8, 1e-6],
  [511, { rate: 1 }, 'sgd', (0.06 * 511) / 128, 5e-4],
  [256, undefined, 'sgd', 0.12, 5e-4],
  [256, { larsFrom: 256 }, 'lars', 0.3, 1e-6],
])('for batches of %i, %o: %s', (batch, options, name, rate, weightDecay) => {
  const { optimizer } = simclrOptimizer(batch, options);
  expect([optimizer.name, optimizer.options.weightDecay, optimizer.options.momentum]).toEqual([name, weightDecay, 0.9]);
  expect(optimizer.learningRate).toBeCloseTo(rate, 12);
  if (name === 'lars') {
    expect(optimizer.options).toMatchObject({ trustCoefficient: 0.001, norm: 'sum', exclude: 'normAndBias' });
  }
});

/** SimCLR's schedule, step by step. */
const slow = (step: number, stepsPerEpoch: number, epochs: number, warm: number) => {
  const [before, all] = [warm * stepsPerEpoch, epochs * stepsPerEpoch];
  return step < before ? step / before : 0.5 * (1 + Math.cos((Math.PI * (step - before)) / (all - before)));
};

test.each([
  [800, 10],
  [100, 10],
  [20, 2],
  [1, 0.1],
])('a run of %i epochs warms up for %d of them', (epochs, warm) => {
  const { schedule } = simclrOptimizer(1024);
  const stepsPerEpoch = 20;
  for (let step = 0; step < epochs * stepsPerEpoch; step++) {
    const rate = schedule.learningRate(1.2, { step, stepsPerEpoch, epochs });
    expect(rate).toBeCloseTo(1.2 * slow(step, stepsPerEpoch, epochs, warm), 9);
  }
  expect(schedule.options).toMatchObject({ warmupEpochs: 10 });
});

test('what is no batch size or rate is refused', () => {
  expect(() => simclrOptimizer(0)).toThrow(/batchSize 0/);
  expect(() => simclrOptimizer(1024, { rate: -1 })).toThrow(/base -1/);
  expect(() => simclrOptimizer(1024, { warmupEpochs: -1 })).toThrow(/-1 epochs/);
});
