import { testNegativeSampler } from '@hcsc/testing';
import { describe, expect, it } from 'vitest';
import { uniformNegatives } from './uniform-negatives.js';

testNegativeSampler('uniformNegatives', () => uniformNegatives());
testNegativeSampler('uniformNegatives that keep all', () => uniformNegatives({ keep: 1 }));
testNegativeSampler('uniformNegatives that keep none', () => uniformNegatives({ keep: 0 }));

describe('uniformNegatives', () => {
  it('refuses a share that is no probability', () => {
    expect(() => uniformNegatives({ keep: 1.5 })).toThrow(
      new RangeError('Cannot make uniformNegatives: needed keep as a probability from 0 to 1, got 1.5'),
    );
    expect(() => uniformNegatives({ keep: -1 })).toThrow(RangeError);
  });
});
