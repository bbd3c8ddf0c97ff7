import { dispose, memory, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { anchorLevels } from './anchor-levels.js';

const ids = (values: number[]) => tensor1d(values, 'int32') as Tensor1D;

function twoLevels() {
  const levels = [
    {
      centroids: tensor2d([
        [1, 0],
        [0, 1],
        [-1, 0],
      ]),
      assignments: ids([2, 0, 1, 0, 2]),
      concentration: tensor1d([0.1, 0.2, 0.3]),
      counts: ids([2, 1, 2]),
      parents: ids([0, 1, 1]),
    },
    {
      centroids: tensor2d([
        [1, 0],
        [0, 1],
      ]),
      assignments: ids([1, 0, 1, 0, 1]),
      concentration: tensor1d([0.2, 0.2]),
      counts: ids([2, 3]),
      parents: null,
    },
  ];
  const release = () => dispose(levels.flatMap((level) => Object.values(level).filter((tensor) => tensor !== null)));
  return { levels, release };
}

describe('anchorLevels', () => {
  it('looks up the prototypes of the batch, for a tensor and for a list', () => {
    const { levels, release } = twoLevels();
    const rows = ids([4, 1, 1]);
    for (const indices of [rows, [4, 1, 1], Int32Array.of(4, 1, 1)]) {
      const before = memory().numTensors;
      const [finest, top] = anchorLevels({ levels }, indices);
      expect(memory().numTensors).toBe(before + 2);
      expect(finest!.positives).toBeAllclose([2, 0, 0], 0);
      expect(top!.positives).toBeAllclose([1, 0, 0], 0);
      expect(finest!.positives.dtype).toBe('int32');
      expect(finest!.centroids).toBe(levels[0]!.centroids);
      expect(finest!.concentration).toBe(levels[0]!.concentration);
      expect(finest!.parents).toBe(levels[0]!.parents);
      expect(top!.parents).toBeNull();
      dispose([finest!.positives, top!.positives]);
    }
    rows.dispose();
    release();
  });

  it('refuses indices that name no row, and leaves nothing behind', () => {
    const { levels, release } = twoLevels();
    const [floats, shorter] = [tensor1d([0, 1]), ids([0, 1])];
    const mismatched = [levels[0]!, { ...levels[1]!, assignments: shorter }];
    const before = memory().numTensors;
    expect(() => anchorLevels({ levels }, [0, 5])).toThrow(
      new RangeError('Cannot look up anchors: needed indices from 0 to 4, got 5'),
    );
    expect(() => anchorLevels({ levels }, [-1])).toThrow(RangeError);
    expect(() => anchorLevels({ levels }, [0.5])).toThrow(RangeError);
    expect(() => anchorLevels({ levels }, [])).toThrow(/needed indices as int32 \[A\], got int32 \[0\]/);
    expect(() => anchorLevels({ levels }, floats)).toThrow(TypeError);
    expect(() => anchorLevels({ levels: [] }, [0])).toThrow(/at least 1 level, got 0/);
    expect(() => anchorLevels({ levels: mismatched }, [0])).toThrow(/levels\[1\].assignments as int32 \[5\], got/);
    expect(memory().numTensors).toBe(before);
    dispose([floats, shorter]);
    release();
  });
});
