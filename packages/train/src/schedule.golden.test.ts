import { goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { expect, test } from 'vitest';
import { multiStep } from './multi-step.js';
import { cosine, type Schedule } from './schedule.js';
import { warmup } from './warmup.js';

const golden = loadGolden('schedules');
type Params = Record<string, number> & { schedule: number[] };
const paramsOf = (name: string) => golden.params[name] as Params;

function expectRates(name: string, rates: readonly number[], key = 'lr') {
  const expected = goldenTensor(golden.expected[name]![key]).data;
  expect(rates.length).toBe(expected.length);
  expect(rates).toBeAllclose(expected, toleranceOf(golden, name, key));
}

/** The rates of the given epochs, each at some step of the epoch. */
const byEpoch = (schedule: Schedule, base: number, epochs: number, which = [...Array(epochs).keys()]) =>
  which.map((epoch) => schedule.learningRate(base, { step: epoch * 3 + (epoch % 3), stepsPerEpoch: 3, epochs }));

test.each(['hcsc_cosine', 'hcsc_cosine_final', 'moco_cosine', 'linear_eval_cosine'])('%s: once an epoch', (name) => {
  const { lr, lr_final, final_lr, epochs } = paramsOf(name);
  expectRates(name, byEpoch(cosine({ every: 'epoch', final: lr_final ?? final_lr ?? 0 }), lr!, epochs!));
});

test('linear_eval_step', () => {
  const { lr, epochs, schedule } = paramsOf('linear_eval_step');
  expectRates('linear_eval_step', byEpoch(multiStep({ milestones: schedule }), lr!, epochs!));
});

test('hcsc_step', () => {
  const { lr, schedule } = paramsOf('hcsc_step');
  const epochs = (golden.inputs.hcsc_step as { epochs: number[] }).epochs;
  expectRates('hcsc_step', byEpoch(multiStep({ milestones: schedule }), lr!, Math.max(...epochs) + 1, epochs));
});

test.each<[string, (params: Params) => Schedule]>([
  ['cgh_cos', ({ warm_up }) => cosine({ warmupEpochs: warm_up! })],
  ['cgh_cos', ({ warm_up }) => warmup(cosine(), { epochs: warm_up! })],
  ['cgh_cos_epoch', ({ warm_up }) => warmup(cosine({ every: 'epoch' }), { epochs: warm_up! })],
  ['cgh_step_lr', ({ warm_up, schedule }) => warmup(multiStep({ milestones: schedule }), { epochs: warm_up! })],
])('%s: warm-up at every step', (name, make) => {
  const params = paramsOf(name);
  const { lr, epochs, iters_per_epoch: stepsPerEpoch } = params;
  const schedule = make(params);
  const rates = Array.from({ length: epochs! * stepsPerEpoch! }, (_, step) =>
    schedule.learningRate(lr!, { step, stepsPerEpoch: stepsPerEpoch!, epochs: epochs! }),
  );
  expectRates(name, rates);
});

test('simclr_warmup_cosine_solo: once an epoch', () => {
  const name = 'simclr_warmup_cosine_solo';
  const { lr, warmup_epochs, max_epochs, warmup_start_lr: from, eta_min: final } = paramsOf(name);
  const schedule = warmup(cosine({ every: 'epoch', final: final! }), {
    ...{ epochs: warmup_epochs!, from: from!, every: 'epoch', reached: 'last' },
  });
  const rates = byEpoch(schedule, lr!, max_epochs!);
  expectRates(name, rates);
  expectRates(name, rates, 'closed_form');
});

test('simclr_warmup_cosine_lightly: at every step, however many make an epoch', () => {
  const name = 'simclr_warmup_cosine_lightly';
  const { lr, warmup_steps, max_steps, end_value: final, warmup_start_value } = paramsOf(name);
  // lightly's value of step t is that of t + 1 in a ramp from its start, so that the first step is past the start.
  const from = warmup_start_value! + (lr! - warmup_start_value!) / warmup_steps!;
  for (const stepsPerEpoch of [1, 5, max_steps!]) {
    const schedule = warmup(cosine({ final: final!, reached: 'last' }), {
      ...{ epochs: warmup_steps! / stepsPerEpoch, from, reached: 'last' },
    });
    const progress = { stepsPerEpoch, epochs: max_steps! / stepsPerEpoch };
    expectRates(
      name,
      Array.from({ length: max_steps! }, (_, step) => schedule.learningRate(lr!, { ...progress, step })),
    );
  }
});
