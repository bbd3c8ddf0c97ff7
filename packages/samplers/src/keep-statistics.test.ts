import { dispose, memory, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { keepStatistics } from './keep-statistics.js';

const masksOf = () => [
  tensor2d([
    [1, 0, 1, 1],
    [0, 0, 1, 1],
  ]),
  tensor2d([
    [0, 0],
    [0, 0],
  ]),
];

describe('keepStatistics', () => {
  it('counts what is kept, and of that what has the label of the anchor', async () => {
    const masks = masksOf();
    const anchors = tensor1d([7, 8], 'int32') as Tensor1D;
    const before = memory().numTensors;
    const counting = keepStatistics(masks, { labels: { anchors, candidates: [[7, 7, 7, 8], Int32Array.of(8, 8)] } });
    dispose([...masks, anchors]);
    const [first, second] = await counting;
    // Anchor 7 keeps candidates 7, 7, 8 and anchor 8 keeps 7, 8.
    expect(first).toEqual({ keepRate: 5 / 8, falseNegativeRate: 3 / 5, unselectedFalseNegativeRate: 4 / 8 });
    expect(second).toEqual({ keepRate: 0, falseNegativeRate: null, unselectedFalseNegativeRate: 2 / 4 });
    expect(memory().numTensors).toBe(before - 3);
  });

  it('gives keep rates without labels', async () => {
    const masks = masksOf();
    expect(await keepStatistics(masks)).toEqual([
      { keepRate: 5 / 8, falseNegativeRate: null, unselectedFalseNegativeRate: null },
      { keepRate: 0, falseNegativeRate: null, unselectedFalseNegativeRate: null },
    ]);
    dispose(masks);
  });

  it('leaves the own prototypes out of the counts', async () => {
    const [mask] = masksOf();
    const positives = [tensor1d([0, 1], 'int32') as Tensor1D];
    const [level] = await keepStatistics([mask!], { positives });
    // Without column 0 of the first row and column 1 of the second: 0 1 1 and 0 1 1.
    expect(level!.keepRate).toBe(4 / 6);
    dispose([mask!, ...positives]);
  });

  it('refuses what does not fit the masks, and leaves nothing behind', async () => {
    const masks = masksOf();
    const positives = [tensor1d([0], 'int32') as Tensor1D, tensor1d([0, 1], 'int32') as Tensor1D];
    const before = memory().numTensors;
    await expect(keepStatistics([])).rejects.toThrow(/needed at least 1 mask, got 0/);
    await expect(keepStatistics(masks, { labels: { anchors: [1, 2], candidates: [[1, 2, 3, 4]] } })).rejects.toThrow(
      /needed labels.candidates for each of the 2 levels, got 1/,
    );
    await expect(
      keepStatistics(masks, { labels: { anchors: [1, 2, 3], candidates: [[1, 2, 3, 4], [1]] } }),
    ).rejects.toThrow(/needed labels.anchors as int32 \[2\], got int32 \[3\]/);
    await expect(keepStatistics(masks, { positives })).rejects.toThrow(
      /positives\[0\] as int32 \[2\], got int32 \[1\]/,
    );
    expect(memory().numTensors).toBe(before);
    dispose([...masks, ...positives]);
  });
});
