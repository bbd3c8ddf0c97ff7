import { createRng } from '@hcsc/random';
import { replayed, testNegativeSampler } from '@hcsc/testing';
import { perCall } from '@hcsc/trace';
import { memory, scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { allNegatives } from './all-negatives.js';
import { belowSimilarity } from './below-similarity.js';
import { curriculum } from './curriculum.js';
import { debiasedNegatives } from './debiased-negatives.js';
import { hardestNegatives } from './hardest-negatives.js';
import { ramp } from './ramp.js';
import { own, read, samplerRequest } from './sampler-request.fixture.js';
import { uniformNegatives } from './uniform-negatives.js';

const stages = [
  { until: 0.25, sampler: uniformNegatives({ keep: 0.2 }) },
  { until: 0.75, sampler: belowSimilarity({ threshold: 0.1 }) },
  { until: 1, sampler: hardestNegatives({ k: 4 }) },
];

testNegativeSampler('curriculum', () => curriculum(stages));
testNegativeSampler('curriculum at its first stage', () =>
  curriculum([
    { until: 0.75, sampler: uniformNegatives({ keep: ramp(1, 0.2) }) },
    { until: 1, sampler: debiasedNegatives() },
  ]),
);
testNegativeSampler('curriculum of one stage', () => curriculum([{ until: 1, sampler: debiasedNegatives() }]));

const flat = (matrices: Tensor2D[]) => matrices.flatMap((matrix) => read(matrix).flat());

describe('curriculum', () => {
  it.each([
    [0, 0],
    [0.24, 0],
    [0.25, 1],
    [0.74, 1],
    [0.75, 2],
    [1, 2],
  ])('at %d of the training asks stage %i, for a number and for a scalar', (progress, stage) => {
    const asked = samplerRequest({ queue: 15 });
    const { sampler } = stages[stage]!;
    const alone = flat(sampler.keep({ ...asked, rng: createRng(3) }));
    const probabilities = flat(sampler.probabilities(asked));
    for (const given of [progress, own(scalar(progress))]) {
      const changing = curriculum(stages);
      expect(flat(changing.keep({ ...asked, rng: createRng(3), progress: given }))).toEqual(alone);
      expect(flat(changing.probabilities({ ...asked, progress: given }))).toEqual(probabilities);
    }
  });

  it('changes within a step that is compiled once', () => {
    const asked = samplerRequest({ queue: 15 });
    const sampler = curriculum([
      { until: 0.5, sampler: allNegatives() },
      { until: 1, sampler: hardestNegatives({ k: ramp(10, 2, { start: 0.5 }) }) },
    ]);
    let epoch = 0;
    const step = replayed(() => sampler.keep({ ...asked, progress: perCall(() => epoch / 4) }));
    const kept: number[] = [];
    for (; epoch <= 4; epoch++) kept.push(flat(step()).reduce((sum, value) => sum + value, 0) / 8);
    expect(kept).toEqual([15, 15, 10, 6, 2]);
    const frozen = replayed(() => sampler.keep({ ...asked, progress: 0.5 }));
    expect(() => frozen()).toThrow(/progress that is a number while a step is compiled: .* perCall/);
  });

  it('has the weights of its stages, 1 for those without', () => {
    const asked = samplerRequest({ queue: 15 });
    const weighing = debiasedNegatives({ hardness: 1 });
    const sampler = curriculum([
      { until: 0.5, sampler: allNegatives() },
      { until: 1, sampler: weighing },
    ]);
    const expected = flat(weighing.weights(asked));
    for (const progress of [0.6, own(scalar(0.6))]) {
      expect(flat(sampler.weights!({ ...asked, progress }))).toEqual(expected);
    }
    for (const progress of [0.4, own(scalar(0.4))]) {
      expect(flat(sampler.weights!({ ...asked, progress }))).toEqual(new Array(120).fill(1));
    }
    expect(curriculum(stages).weights).toBeUndefined();
  });

  it('refuses a request that does not say how far training has come', () => {
    const asked = samplerRequest({ queue: 15 });
    const sampler = curriculum(stages);
    const prefix = `Cannot sample negatives with ${sampler.name}: `;
    const [high, list] = [own(scalar(1.5)), asked.levels[0]!.concentration as never];
    const before = memory().numTensors;
    expect(() => sampler.keep(asked)).toThrow(
      new TypeError(`${prefix}needed progress, the share of the training that is done, got undefined`),
    );
    for (const progress of [-0.1, 1.01, Number.NaN]) {
      expect(() => sampler.keep({ ...asked, progress })).toThrow(
        new RangeError(`${prefix}needed progress as a share of the training from 0 to 1, got ${progress}`),
      );
    }
    expect(() => sampler.keep({ ...asked, progress: high })).toThrow(/progress must be a share from 0 to 1, got 1.5/);
    expect(() => sampler.keep({ ...asked, progress: list })).toThrow(
      /needed progress as float32 \[\], got float32 \[8\]/,
    );
    expect(() => uniformNegatives({ keep: ramp(0, 1) }).keep(asked)).toThrow(/uniformNegatives: needed progress/);
    expect(memory().numTensors).toBe(before);
  });

  it('refuses stages that do not fill the training', () => {
    const sampler = allNegatives();
    const needed = (text: string) => new RangeError(`Cannot make curriculum: needed ${text}`);
    expect(() => curriculum([])).toThrow(needed('at least 1 stage, got 0'));
    expect(() => curriculum([{ until: 0.5, sampler }])).toThrow(
      needed('stages[0].until as 1, the end of the training, got 0.5'),
    );
    const two = (until: number) => () =>
      curriculum([
        { until: 0.5, sampler },
        { until, sampler },
        { until: 1, sampler },
      ]);
    for (const until of [0.5, 0.4, 1, Number.NaN]) {
      expect(two(until)).toThrow(needed(`stages[1].until as a share above 0.5 and below 1, got ${until}`));
    }
    expect(() => curriculum([{ until: 1, sampler: undefined as never }])).toThrow(
      new TypeError('Cannot make curriculum: needed stages[0].sampler as a NegativeSampler, got undefined'),
    );
  });
});

describe('ramp', () => {
  it.each([
    [[Number.NaN, 1, {}], 'from as a number, got NaN'],
    [[1, Number.POSITIVE_INFINITY, {}], 'to as a number, got Infinity'],
    [[0, 1, { start: 0.5, end: 0.5 }], '0 ≤ start < end ≤ 1, got start 0.5 and end 0.5'],
    [[0, 1, { start: -0.1 }], '0 ≤ start < end ≤ 1, got start -0.1 and end 1'],
    [[0, 1, { end: 1.1 }], '0 ≤ start < end ≤ 1, got start 0 and end 1.1'],
  ] as const)('refuses %j', ([from, to, options], needed) => {
    expect(() => ramp(from, to, options)).toThrow(new RangeError(`Cannot make a ramp: needed ${needed}`));
  });
});
