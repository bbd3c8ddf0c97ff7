import { scalar } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leakedTensors } from './tensor-leak.js';

describe('leakedTensors', () => {
  it('counts what is neither returned nor disposed, on success and on throw', () => {
    const left = scalar(0);
    expect(leakedTensors(() => scalar(1))).toBe(0);
    expect(
      leakedTensors(() => {
        left.clone();
        return [scalar(1), scalar(2)];
      }),
    ).toBe(1);
    expect(
      leakedTensors(() => {
        left.clone();
        throw new Error('stop');
      }),
    ).toBe(1);
    left.dispose();
  });
});
