import { createRng } from '@hcsc/random';
import { testNegativeSampler } from '@hcsc/testing';
import { scalar, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ramp } from './ramp.js';
import { cosinesOf, own, products, read, samplerRequest } from './sampler-request.fixture.js';
import { type SemiHardNegativesOptions, semiHardNegatives } from './semi-hard-negatives.js';

testNegativeSampler('semiHardNegatives', () => semiHardNegatives({ margin: 0.4 }));
testNegativeSampler('semiHardNegatives by similarity', () => semiHardNegatives({ similarities: [-0.2, 0.5] }));
testNegativeSampler('semiHardNegatives by quantile', () => semiHardNegatives({ quantiles: [0.5, ramp(0.8, 1)] }));

describe('semiHardNegatives', () => {
  it('keeps what is less similar than the key, by less than the margin', () => {
    const asked = samplerRequest({ queue: 40 });
    const positives = products(asked.anchors!, asked.keys!).map((row, a) => row[a]!);
    const expected = cosinesOf(asked, 0).map((row, a) =>
      row.map((cosine) => (cosine > positives[a]! - 0.5 && cosine < positives[a]! ? 1 : 0)),
    );
    expect(expected.flat()).toContain(1);
    for (const mask of semiHardNegatives({ margin: 0.5 }).keep(asked)) expect(read(mask)).toEqual(expected);
    // 0.1 in cosine is 0.2 between squared distances of unit vectors, FaceNet's.
    const [byDefault] = semiHardNegatives().keep(asked).map(read);
    const squared = (cosine: number) => 2 - 2 * cosine;
    const facenet = cosinesOf(asked, 0).map((row, a) =>
      row.map((cosine) => {
        const [negative, positive] = [squared(cosine), squared(positives[a]!)];
        return positive < negative && negative < positive + 0.2 ? 1 : 0;
      }),
    );
    expect(byDefault).toEqual(facenet);
  });

  it('never keeps the key itself where keys are candidates of each other, whatever rounding does', () => {
    const rng = createRng(5);
    const rows = (n: number) => {
      const made = Array.from({ length: n }, () => Array.from({ length: 128 }, () => rng.normal()));
      return own(tensor2d(made.map((row) => row.map((value) => value / Math.hypot(...row)))));
    };
    const [anchors, keys, centroids] = [rows(48), rows(48), rows(1)];
    const level = {
      ...{ centroids, concentration: own(tensor1d([1])), parents: null },
      positives: own(tensor1d(new Array(48).fill(0), 'int32') as Tensor1D),
    };
    const [mask] = semiHardNegatives({ margin: 2 })
      .keep({ candidates: [keys], levels: [level], anchors, keys, rng })
      .map(read);
    mask!.forEach((row, i) => {
      expect(row[i]).toBe(0);
    });
    expect(mask!.flat()).toContain(1);
  });

  it('takes the anchor’s prototype for the positive among prototypes, and needs no keys', () => {
    const { keys: _, ...asked } = samplerRequest();
    semiHardNegatives({ margin: 0.8 })
      .keep(asked)
      .map(read)
      .forEach((mask, l) => {
        const own = asked.levels[l]!.positives.dataSync();
        const expected = cosinesOf(asked, l).map((row, a) => {
          const positive = row[own[a]!]!;
          return row.map((cosine) => (cosine > positive - 0.8 && cosine < positive ? 1 : 0));
        });
        expect(mask).toEqual(expected);
      });
  });

  it('keeps a band of cosines, with its lower bound and without its upper one', () => {
    const asked = samplerRequest({ queue: 12 });
    const cosines = cosinesOf(asked, 0);
    const [lower, upper] = [...cosines[1]!].sort((a, b) => a - b).filter((_, i) => i === 3 || i === 8);
    const [mask] = semiHardNegatives({ similarities: [lower!, upper!] })
      .keep(asked)
      .map(read);
    expect(mask).toEqual(cosines.map((row) => row.map((cosine) => (cosine >= lower! && cosine < upper! ? 1 : 0))));
    expect(mask![1]!.filter((kept) => kept === 1)).toHaveLength(5);
  });

  it.each([
    [0.5, 0.95],
    [0, 1],
    [0.21, 0.22],
    [0.9, 1],
    [0.99, 1],
  ])('keeps the ranks from %d to %d', (lower, upper) => {
    const ranked = (row: number[], counts: (j: number) => boolean) => {
      const order = row.map((_, j) => j).filter(counts);
      order.sort((i, j) => row[j]! - row[i]! || i - j);
      const [from, to] = [upper, lower].map((quantile) => Math.round((1 - quantile) * order.length));
      const kept = new Set(order.slice(from, to));
      return row.map((_, j) => (kept.has(j) ? 1 : 0));
    };
    const sampler = semiHardNegatives({ quantiles: [lower, upper] });
    const instances = samplerRequest({ queue: 33 });
    for (const mask of sampler.keep(instances)) {
      expect(read(mask)).toEqual(cosinesOf(instances, 0).map((row) => ranked(row, () => true)));
    }
    const prototypes = samplerRequest();
    const first = Array.from(prototypes.levels[0]!.positives.dataSync());
    const alive = [0, 1, 2, 3, 4, 5, 6, 7].map((j) => (first.includes(j) || j !== 5 ? 1 : 0));
    const levels = prototypes.levels.map((level, l) => (l === 0 ? { ...level, alive: own(tensor1d(alive)) } : level));
    sampler.keep({ ...prototypes, levels }).forEach((mask, l) => {
      const own = prototypes.levels[l]!.positives.dataSync();
      const counts = (a: number) => (j: number) => j !== own[a] && (l > 0 || alive[j] === 1);
      expect(read(mask)).toEqual(cosinesOf(prototypes, l).map((row, a) => ranked(row, counts(a))));
    });
  });

  it('rounds halves up, whether its bound stands still or moves', () => {
    // In floating point (1 - 0.9) * 5 and the like are below the half that they are.
    const halves: [quantile: number, n: number, kept: number][] = [
      [0.9, 5, 1],
      [0.85, 10, 2],
      [0.9, 15, 2],
      [0.9, 25, 3],
      [0.3, 45, 32],
    ];
    for (const [quantile, n, kept] of halves) {
      const asked = { ...samplerRequest({ queue: n }), progress: own(scalar(0.5)) };
      for (const bound of [quantile, ramp(quantile, quantile)]) {
        const [mask] = semiHardNegatives({ quantiles: [bound, 1] })
          .keep(asked)
          .map(read);
        for (const row of mask!) expect(row.filter((each) => each === 1)).toHaveLength(kept);
      }
    }
  });

  it('needs keys where it compares with them', () => {
    const { keys: _, ...asked } = samplerRequest({ queue: 6 });
    expect(() => semiHardNegatives().keep(asked)).toThrow(
      new TypeError('Cannot sample negatives with semiHardNegatives: needed keys as float32 [A, 5], got undefined'),
    );
    semiHardNegatives({ quantiles: [0, 0.5] })
      .keep(asked)
      .map(read);
  });

  it.each<[SemiHardNegativesOptions, string]>([
    [{ margin: 0 }, 'margin as a number above 0, at most 2, got 0'],
    [{ margin: ramp(1, 3) }, 'margin as a number above 0, at most 2, got 3 at the end of its ramp'],
    [{ similarities: [-1.5, 0] }, 'similarities[0] as a number from -1 to 1, got -1.5'],
    [{ similarities: [0.5, 0.5] }, 'similarities with the first below the second, got 0.5 and 0.5'],
    [{ quantiles: [0.2, ramp(0.5, 0.1)] }, 'quantiles with the first below the second, got 0.2 and 0.1 at progress 1'],
    [
      // Below each other at both ends, but not on the way.
      { quantiles: [ramp(0, 0.5, { end: 0.1 }), ramp(0.4, 0.9, { start: 0.5 })] },
      'quantiles with the first below the second, got 0.5 and 0.4 at progress 0.1',
    ],
    [
      { similarities: [ramp(-0.5, 0, { end: 0.25 }), ramp(-0.1, 0.5, { start: 0.25 })] },
      'similarities with the first below the second, got 0 and -0.1 at progress 0.25',
    ],
    [{ quantiles: [-0.5, 1] }, 'quantiles[0] as a number from 0 to 1, got -0.5'],
    [{ margin: 0.1, quantiles: [0, 1] }, 'one of margin, similarities and quantiles, got margin, quantiles'],
    [{ margin: 0, quantiles: [0, 1] }, 'one of margin, similarities and quantiles, got margin, quantiles'],
  ])('refuses %j', (options, needed) => {
    expect(() => semiHardNegatives(options)).toThrow(new RangeError(`Cannot make semiHardNegatives: needed ${needed}`));
  });
});
