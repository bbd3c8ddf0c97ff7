import { testNegativeSampler } from '@hcsc/testing';
import { scalar, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { hardestNegatives } from './hardest-negatives.js';
import { ramp } from './ramp.js';
import { cosinesOf, own, read, samplerRequest } from './sampler-request.fixture.js';

testNegativeSampler('hardestNegatives', () => hardestNegatives({ k: 4 }));
testNegativeSampler('hardestNegatives that keep all', () => hardestNegatives({ k: 1000 }));
testNegativeSampler('hardestNegatives with a ramp', () => hardestNegatives({ k: ramp(12, 3) }));

/** Which entries of a row are among the k largest of those that count, the first of equal ones. */
function slowMarks(row: number[], k: number, counts: (j: number) => boolean): number[] {
  const order = row.map((_, j) => j).filter(counts);
  order.sort((i, j) => row[j]! - row[i]! || i - j);
  const kept = new Set(order.slice(0, k));
  return row.map((_, j) => (kept.has(j) ? 1 : 0));
}

describe('hardestNegatives', () => {
  it.each([1, 3, 17, 30, 31])('keeps the %i most similar of 30', (k) => {
    const asked = samplerRequest({ queue: 30 });
    const expected = cosinesOf(asked, 0).map((row) => slowMarks(row, k, () => true));
    for (const mask of hardestNegatives({ k }).keep(asked)) expect(read(mask)).toEqual(expected);
  });

  it('keeps exactly k of equally similar ones, the first of them', () => {
    const asked = samplerRequest();
    const queue = own(
      tensor2d([
        [0, 1, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0],
        [1, 0, 0, 0, 0],
      ]),
    );
    const anchors = own(tensor2d([...'abcd'].map(() => [1, 0, 0, 0, 0])));
    const keep = (k: number) =>
      read(hardestNegatives({ k }).keep({ ...asked, candidates: [queue, queue], anchors })[0]!)[3];
    expect(keep(1)).toEqual([0, 1, 0, 0, 0, 0]);
    expect(keep(2)).toEqual([0, 1, 0, 1, 0, 0]);
    expect(keep(4)).toEqual([1, 1, 0, 1, 0, 1]);
    expect(keep(5)).toEqual([1, 1, 1, 1, 0, 1]);
  });

  it.each([1, 2, 6, 7, 20])('leaves out the own prototype and those that were dropped, k = %i', (k) => {
    const asked = samplerRequest();
    const own0 = Array.from(asked.levels[0]!.positives.dataSync());
    const alive = [0, 1, 2, 3, 4, 5, 6, 7].map((j) => (own0.includes(j) || j % 3 > 0 ? 1 : 0));
    const levels = asked.levels.map((level, l) => (l === 0 ? { ...level, alive: own(tensor1d(alive)) } : level));
    const sampler = hardestNegatives({ k });
    sampler.keep({ ...asked, levels }).forEach((mask, l) => {
      const positives = asked.levels[l]!.positives.dataSync();
      const expected = cosinesOf(asked, l).map((row, a) =>
        slowMarks(row, k, (j) => j !== positives[a] && (l > 0 || alive[j] === 1)),
      );
      expect(read(mask)).toEqual(expected);
    });
  });

  it('keeps the only candidate', () => {
    for (const mask of hardestNegatives({ k: ramp(3, 1) }).keep({ ...samplerRequest({ queue: 1 }), progress: 0.5 })) {
      expect(read(mask)).toEqual([[1], [1], [1], [1]]);
    }
  });

  it('keeps fewer or more while training goes on', () => {
    const asked = samplerRequest({ queue: 30 });
    const counts = (k: number, progress: number) =>
      read(hardestNegatives({ k: ramp(20, k) }).keep({ ...asked, progress })[0]!).map((row) =>
        row.reduce((sum, kept) => sum + kept, 0),
      );
    expect(counts(4, 0)).toEqual([20, 20, 20, 20]);
    expect(counts(4, 0.5)).toEqual([12, 12, 12, 12]);
    expect(counts(100, 1)).toEqual([30, 30, 30, 30]);
    const progress = own(scalar(0.3));
    const mask = read(hardestNegatives({ k: ramp(20, 3) }).keep({ ...asked, progress })[0]!);
    expect(mask).toEqual(cosinesOf(asked, 0).map((row) => slowMarks(row, 15, () => true)));
  });

  it.each([0, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses k = %d', (k) => {
    expect(() => hardestNegatives({ k })).toThrow(
      new RangeError(`Cannot make hardestNegatives: needed k as an integer of at least 1, got ${k}`),
    );
  });
});
