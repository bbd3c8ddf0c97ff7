import { dispose } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenToTensor } from './golden-to-tensor.js';

describe('goldenToTensor', () => {
  it('keeps shape and int32, and makes everything else float32', () => {
    const ids = goldenToTensor({ shape: [2, 1], dtype: 'int32', data: [3, 4] });
    const values = goldenToTensor({ shape: [3], dtype: 'float64', data: [0.1, 0.2, 0.3] });
    const list = goldenToTensor([1, 2.5]);
    expect([ids.dtype, values.dtype, list.dtype]).toEqual(['int32', 'float32', 'float32']);
    expect(ids).toBeAllclose({ shape: [2, 1], data: [3, 4] }, 0);
    expect(values).toBeAllclose([0.1, 0.2, 0.3], 1e-6);
    expect(list).toBeAllclose({ shape: [2], data: [1, 2.5] }, 0);
    dispose([ids, values, list]);
  });

  it('refuses what is no tensor', () => {
    expect(() => goldenToTensor({ T: 0.2 })).toThrow(/Expected a golden tensor/);
    expect(() => goldenToTensor(undefined)).toThrow(/Expected a golden tensor/);
  });
});
