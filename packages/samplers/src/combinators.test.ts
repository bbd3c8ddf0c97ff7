import { createRng } from '@hcsc/random';
import { testNegativeSampler } from '@hcsc/testing';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { belowSimilarity } from './below-similarity.js';
import { both } from './both.js';
import { debiasedNegatives } from './debiased-negatives.js';
import { either } from './either.js';
import { hardestNegatives } from './hardest-negatives.js';
import { inverse } from './inverse.js';
import { read, samplerRequest } from './sampler-request.fixture.js';
import { selectiveInstances } from './selective-instances.js';
import { uniformNegatives } from './uniform-negatives.js';

testNegativeSampler('both', () => both(selectiveInstances(), belowSimilarity({ threshold: 0.4 })));
testNegativeSampler('both of one sampler', () => both(uniformNegatives(), uniformNegatives()));
testNegativeSampler('both with weights', () => both(debiasedNegatives(), debiasedNegatives({ hardness: 1 })));
testNegativeSampler('either', () => either(hardestNegatives({ k: 3 }), uniformNegatives({ keep: 0.2 })));
testNegativeSampler('inverse', () => inverse(selectiveInstances()));
testNegativeSampler('combinators of combinators', () =>
  either(inverse(hardestNegatives({ k: 5 })), both(uniformNegatives(), belowSimilarity({ threshold: 0.7 }))),
);

const flat = (matrices: Parameters<typeof read>[0][]) => matrices.flatMap((matrix) => read(matrix).flat());

describe('combinators', () => {
  const [near, hard] = [belowSimilarity({ threshold: 0.2 }), hardestNegatives({ k: 9 })];

  it('combine deterministic samplers exactly, and draw nothing', () => {
    const asked = samplerRequest({ queue: 20 });
    const before = asked.rng.state();
    const [a, b] = [flat(near.keep(asked)), flat(hard.keep(asked))];
    for (const ask of ['keep', 'probabilities'] as const) {
      expect(flat(both(near, hard)[ask](asked))).toEqual(a.map((kept, i) => kept & b[i]!));
      expect(flat(either(near, hard)[ask](asked))).toEqual(a.map((kept, i) => kept | b[i]!));
      expect(flat(inverse(near)[ask](asked))).toEqual(a.map((kept) => 1 - kept));
    }
    expect(asked.rng.state()).toEqual(before);
  });

  it('draw for one after the other, from the same stream', () => {
    const asked = samplerRequest({ queue: 20 });
    const [half, third] = [uniformNegatives({ keep: 0.5 }), uniformNegatives({ keep: 0.3 })];
    const rng = createRng(4);
    const [a, b] = [flat(half.keep({ ...asked, rng })), flat(third.keep({ ...asked, rng }))];
    expect(flat(both(half, third).keep({ ...asked, rng: createRng(4) }))).toEqual(a.map((kept, i) => kept & b[i]!));
    expect(flat(either(half, third).keep({ ...asked, rng: createRng(4) }))).toEqual(a.map((kept, i) => kept | b[i]!));
    expect(flat(inverse(half).keep({ ...asked, rng: createRng(4) }))).toEqual(a.map((kept) => 1 - kept));
  });

  it('say the probability of the two draws', () => {
    const asked = samplerRequest({ queue: 20 });
    const [one, two] = [selectiveInstances(), uniformNegatives({ keep: 0.3 })];
    const p = flat(one.probabilities(asked));
    expect(flat(both(one, two).probabilities(asked))).toBeAllclose(
      p.map((value) => value * 0.3),
      1e-6,
    );
    expect(flat(either(one, two).probabilities(asked))).toBeAllclose(
      p.map((value) => 1 - (1 - value) * 0.7),
      1e-6,
    );
  });

  it('multiply weights, or pass on those that there are', () => {
    const asked = samplerRequest({ queue: 20 });
    const [one, two] = [debiasedNegatives(), debiasedNegatives({ hardness: 1 })];
    const [a, b] = [flat(one.weights(asked)), flat(two.weights(asked))];
    expect(flat(both(one, two).weights!(asked))).toBeAllclose(
      a.map((weight, i) => weight * b[i]!),
      1e-6,
    );
    expect(flat(both(near, two).weights!(asked))).toEqual(b);
    expect(flat(both(two, near).weights!(asked))).toEqual(b);
    expect(both(near, hard).weights).toBeUndefined();
    expect(() => either(near, one)).toThrow(
      new TypeError(
        'Cannot make either of debiasedNegatives: needed a sampler that keeps or leaves out, got one with weights',
      ),
    );
    expect(() => inverse(both(one, near))).toThrow(/inverse of both\(debiasedNegatives, belowSimilarity\): needed/);
  });

  it('are named after their members', () => {
    expect(either(inverse(near), both(hard, uniformNegatives())).name).toBe(
      'either(inverse(belowSimilarity), both(hardestNegatives, uniformNegatives))',
    );
  });

  it('leave nothing behind when the second one throws', () => {
    const { anchors: _, ...asked } = samplerRequest({ queue: 20 });
    const before = memory().numTensors;
    expect(() => both(uniformNegatives(), near).keep(asked)).toThrow(
      new TypeError('Cannot sample negatives with belowSimilarity: needed anchors as float32 [A, 5], got undefined'),
    );
    expect(() => either(uniformNegatives(), near).probabilities(asked)).toThrow(TypeError);
    expect(memory().numTensors).toBe(before);
  });
});
