import { goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { expect, test } from 'vitest';
import { cosine } from './schedule.js';

const golden = loadGolden('schedules');

test.each(['hcsc_cosine', 'hcsc_cosine_final', 'moco_cosine'])('%s: once an epoch, as the official code', (name) => {
  const { lr, lr_final: final = 0, epochs } = golden.params[name] as Record<string, number>;
  const schedule = cosine({ every: 'epoch', final });
  const stepsPerEpoch = 3;
  const rates = Array.from({ length: epochs! }, (_, epoch) =>
    // any step of an epoch has the epoch's rate
    schedule.learningRate(lr!, { step: epoch * stepsPerEpoch + (epoch % 3), stepsPerEpoch, epochs: epochs! }),
  );
  const expected = goldenTensor(golden.expected[name]!.lr);
  rates.forEach((rate, epoch) => {
    expect(Math.abs(rate - expected.data[epoch]!)).toBeLessThan(toleranceOf(golden, name, 'lr') * lr!);
  });
});

test('cgh_cos: every step, with warm-up', () => {
  const {
    lr,
    epochs,
    iters_per_epoch: stepsPerEpoch,
    warm_up: warmupEpochs,
  } = golden.params.cgh_cos as Record<string, number>;
  const schedule = cosine({ warmupEpochs });
  const expected = goldenTensor(golden.expected.cgh_cos!.lr).data;
  expected.forEach((rate, step) => {
    const ours = schedule.learningRate(lr!, { step, stepsPerEpoch: stepsPerEpoch!, epochs: epochs! });
    expect(Math.abs(ours - rate)).toBeLessThan(1e-9);
  });
});
