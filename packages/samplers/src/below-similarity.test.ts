import { testNegativeSampler } from '@hcsc/testing';
import { describe, expect, it } from 'vitest';
import { belowSimilarity } from './below-similarity.js';
import { ramp } from './ramp.js';
import { cosinesOf, read, samplerRequest } from './sampler-request.fixture.js';

testNegativeSampler('belowSimilarity', () => belowSimilarity({ threshold: 0.3 }));
testNegativeSampler('belowSimilarity with a ramp', () => belowSimilarity({ threshold: ramp(0.9, 0) }));

describe('belowSimilarity', () => {
  it('keeps what is less similar than the threshold, and not what is as similar', () => {
    const asked = samplerRequest({ queue: 9 });
    const cosines = cosinesOf(asked, 0);
    const threshold = cosines[2]![4]!; // as float32, so that one candidate is exactly at it
    const [first, second] = belowSimilarity({ threshold }).keep(asked).map(read);
    expect(first).toEqual(cosines.map((row) => row.map((cosine) => (cosine < threshold ? 1 : 0))));
    expect(second).toEqual(first);
    expect(first![2]![4]).toBe(0);
  });

  it('moves with the progress', () => {
    const asked = samplerRequest({ queue: 40 });
    const sampler = belowSimilarity({ threshold: ramp(0.8, -0.4, { start: 0.25, end: 0.75 }) });
    const fixed = (threshold: number) => read(belowSimilarity({ threshold }).keep(asked)[0]!);
    for (const [progress, threshold] of [
      [0, 0.8],
      [0.25, 0.8],
      [0.5, 0.2],
      [1, -0.4],
    ] as const) {
      expect(read(sampler.keep({ ...asked, progress })[0]!)).toEqual(fixed(threshold));
    }
  });

  it.each([Number.NaN, 1.1, -2])('refuses a threshold of %d', (threshold) => {
    expect(() => belowSimilarity({ threshold })).toThrow(
      new RangeError(`Cannot make belowSimilarity: needed threshold as a cosine from -1 to 1, got ${threshold}`),
    );
    expect(() => belowSimilarity({ threshold: { from: 0, to: threshold, start: 0, end: 1 } })).toThrow(RangeError);
  });
});
