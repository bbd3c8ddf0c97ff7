import { memory, mul, type Rank, type Tensor1D, type Tensor2D, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { belowSimilarity } from './below-similarity.js';
import { debiasedNegatives } from './debiased-negatives.js';
import { hardestNegatives } from './hardest-negatives.js';
import type { NegativeRequest } from './negative-sampler.js';
import { own, read, samplerRequest } from './sampler-request.fixture.js';
import { semiHardNegatives } from './semi-hard-negatives.js';

const debiased = debiasedNegatives();
const asks: Record<string, (request: NegativeRequest) => Tensor2D[]> = {
  belowSimilarity: belowSimilarity().keep,
  hardestNegatives: hardestNegatives({ k: 2 }).probabilities,
  semiHardNegatives: semiHardNegatives().keep,
  debiasedNegatives: debiased.weights,
};

describe.each(Object.entries(asks))('%s', (name, ask) => {
  const refusal = (request: NegativeRequest) => {
    const before = memory().numTensors;
    let reason: unknown;
    try {
      ask(request);
    } catch (error) {
      reason = error;
    }
    expect(memory().numTensors).toBe(before);
    return reason;
  };
  const needed = `Cannot sample negatives with ${name}: `;
  const hint = '. check: false in the request skips this test';

  it('needs anchors that fit', () => {
    const { anchors, ...asked } = samplerRequest({ queue: 6 });
    expect(refusal(asked)).toEqual(new TypeError(`${needed}needed anchors as float32 [A, 5], got undefined`));
    const few = own(zeros<Rank.R2>([3, 5]));
    expect(refusal({ ...asked, anchors: few })).toEqual(
      new RangeError(`${needed}needed anchors as float32 [4, 5], got float32 [3, 5]`),
    );
    expect(refusal({ ...asked, anchors: anchors!, keys: few })).toEqual(
      new RangeError(`${needed}needed keys as float32 [4, 5], got float32 [3, 5]`),
    );
  });

  it('looks at lengths, unless it is told not to', () => {
    const asked = samplerRequest({ queue: 6 });
    const double = own(mul(asked.anchors!, 2)) as Tensor2D;
    const broken = { ...asked, anchors: double };
    expect(String(refusal(broken))).toMatch(
      new RegExp(
        `${name}: the length of a row of anchors must be 1 ± 0.01; L2-normalise the rows, got (2|1.9)\\S* at 0 \\(4 of 4\\)`,
      ),
    );
    ask({ ...broken, check: false }).map(read);
    const nothing = own(zeros<Rank.R2>([6, 5]));
    expect(refusal({ ...asked, candidates: [nothing, nothing] })).toEqual(
      new RangeError(
        `${needed}the length of a row of candidates[0] must be 1 ± 0.01; L2-normalise the rows, got 0 at 0 (6 of 6)${hint}`,
      ),
    );
  });

  it('looks at ids where prototypes are the candidates', () => {
    const asked = samplerRequest();
    const wrong = own(tensor1d([0, 1, 8, 0], 'int32') as Tensor1D);
    const levels = [{ ...asked.levels[0]!, positives: wrong }, asked.levels[1]!];
    expect(refusal({ ...asked, levels })).toEqual(
      new RangeError(`${needed}levels[0].positives must be an id from 0 to 7, got 8 at 2 (1 of 4)${hint}`),
    );
    // Of a queue the prototypes do not matter.
    const queue = samplerRequest({ queue: 6 }).candidates;
    ask({ ...asked, levels, candidates: queue }).map(read);
  });

  it('looks at keys only where it compares with them', () => {
    const asked = samplerRequest({ queue: 6 });
    const keys = own(mul(asked.keys!, Number.NaN)) as Tensor2D;
    const compares = name === 'semiHardNegatives' || name === 'debiasedNegatives';
    if (compares)
      expect(String(refusal({ ...asked, keys }))).toMatch(/a row of keys must be .* got NaN at 0 \(4 of 4\)/);
    else ask({ ...asked, keys }).map(read);
  });
});
