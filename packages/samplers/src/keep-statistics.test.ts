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
    const unknown = { entropy: null, effectiveNegatives: null };
    expect(first).toEqual({
      keepRate: 5 / 8,
      falseNegativeRate: 3 / 5,
      unselectedFalseNegativeRate: 4 / 8,
      ...unknown,
    });
    expect(second).toEqual({ keepRate: 0, falseNegativeRate: null, unselectedFalseNegativeRate: 2 / 4, ...unknown });
    expect(memory().numTensors).toBe(before - 3);
  });

  it('gives keep rates without labels', async () => {
    const masks = masksOf();
    const unknown = {
      ...{ falseNegativeRate: null, unselectedFalseNegativeRate: null },
      ...{ entropy: null, effectiveNegatives: null },
    };
    expect(await keepStatistics(masks)).toEqual([
      { keepRate: 5 / 8, ...unknown },
      { keepRate: 0, ...unknown },
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

  it('says how undecided the selection is, of what is counted', async () => {
    const p = [0.5, 0.1, 0, 1, 0.25, 0.9, 0.999, 1];
    const [mask, probabilities] = [masksOf()[0]!, tensor2d(p, [2, 4])];
    const bits = p.map((x) => (x === 0 || x === 1 ? 0 : -x * Math.log2(x) - (1 - x) * Math.log2(1 - x)));
    const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
    const [level] = await keepStatistics([mask], { probabilities: [probabilities] });
    expect([level!.entropy!]).toBeAllclose([total(bits) / 8], 1e-5);
    const positives = [tensor1d([0, 1], 'int32') as Tensor1D];
    const [others] = await keepStatistics([mask], { probabilities: [probabilities], positives });
    expect([others!.entropy!]).toBeAllclose([(total(bits) - bits[0]! - bits[5]!) / 6], 1e-5);
    dispose([mask, probabilities, ...positives]);
  });

  it('says how many negatives push', async () => {
    const masks = [
      ...masksOf(),
      tensor2d([
        [1, 1, 1, 1],
        [0, 0, 0, 0],
      ]),
    ];
    const z = [5, 9, 2, 3, 9, 9, -1, -1];
    const logits = [tensor2d(z, [2, 4]), tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([7, 7, 7, 7, 1, 2, 3, 4], [2, 4])];
    const before = memory().numTensors;
    const [mixed, none, alike] = await keepStatistics(masks, { logits });
    expect(memory().numTensors).toBe(before);
    const exps = [5, 2, 3].map(Math.exp);
    const shares = exps.map((value) => value / exps.reduce((a, b) => a + b));
    const first = Math.exp(-shares.reduce((sum, share) => sum + share * Math.log(share), 0));
    expect([mixed!.effectiveNegatives!]).toBeAllclose([(first + 2) / 2], 1e-5);
    expect(none!.effectiveNegatives).toBeNull();
    expect([alike!.effectiveNegatives!]).toBeAllclose([4], 1e-5);
    dispose([...masks, ...logits]);
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
    await expect(
      keepStatistics(masks, {
        labels: {
          anchors: [1, 2],
          candidates: [
            [1, 2, 3, 4],
            [1, 1.5],
          ],
        },
      }),
    ).rejects.toThrow(
      new RangeError('Cannot count what masks keep: needed labels.candidates[1] as integers, got 1.5 at 1'),
    );
    await expect(keepStatistics(masks, { positives })).rejects.toThrow(
      /positives\[0\] as int32 \[2\], got int32 \[1\]/,
    );
    await expect(keepStatistics(masks, { probabilities: [masks[0]!] })).rejects.toThrow(
      /needed probabilities for each of the 2 levels, got 1/,
    );
    await expect(keepStatistics(masks, { logits: [masks[0]!, masks[0]!] })).rejects.toThrow(
      /needed logits\[1\] as float32 \[2, 2\], got float32 \[2, 4\]/,
    );
    expect(memory().numTensors).toBe(before);
    dispose([...masks, ...positives]);
  });
});
