import { batchNorm } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import {
  add,
  grads,
  memory,
  mul,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { inSplits } from './in-splits.js';
import { shuffled } from './shuffled.js';

const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * i));
const x = () => tensor(data, [6, 2, 2]);

function normModel(splits = 1): LayersModel {
  const inputs = input({ shape: [2, 2] });
  return model({ inputs, outputs: batchNorm({ splits }).apply(inputs) as SymbolicTensor });
}

describe('shuffled', () => {
  it('hands over all rows in another order, and puts results back', () => {
    const before = memory().numTensors;
    tidy(() => {
      let seen: number[] = [];
      const [doubled, same] = shuffled<Tensor[]>(
        (rows) => {
          seen = Array.from(slice(rows, [0, 0, 0], [6, 1, 1]).dataSync());
          return [mul(rows, 2), rows];
        },
        x(),
        createRng(1),
      );
      const firsts = [0, 1, 2, 3, 4, 5].map((row) => data[4 * row]!);
      expect(seen).not.toEqual(firsts);
      expect([...seen].sort()).toEqual([...firsts].sort());
      expect(doubled).toBeAllclose({ shape: [6, 2, 2], data: data.map((v) => 2 * v) }, 0);
      expect(same).toBeAllclose({ shape: [6, 2, 2], data }, 0);
    });
    expect(memory().numTensors).toBe(before);
  });

  it('takes another order at each call when it is compiled', () => {
    const [plain, traced] = [createRng(7), createRng(7)];
    const weights = tensor1d([1, 2, 3, 4, 5, 6]);
    const forward = (rows: Tensor) => mul(rows, reshape(weights, [6, 1, 1])); // tells places, not rows
    const call = replayed((rows: Tensor) => shuffled(forward, rows, traced));
    const before = memory().numTensors;
    const seen = new Set<string>();
    tidy(() => {
      for (let i = 0; i < 4; i++) {
        const y = call(x());
        expect(y).toBeAllclose(shuffled(forward, x(), plain), 0);
        seen.add(String(y.dataSync()));
      }
    });
    expect(seen.size).toBe(4);
    expect(memory().numTensors).toBe(before);
    weights.dispose();
  });

  it('puts other rows into the parts of a split batch', () => {
    const m = normModel(3);
    tidy(() => {
      const forward = (rows: Tensor) => m.apply(rows, { training: true }) as Tensor;
      const rng = createRng(5);
      const order = Array.from(createRng(5).permutation(6));
      const y = shuffled(forward, x(), rng);
      const moved = forward(
        tensor(
          order.flatMap((row) => Array.from(data.slice(4 * row, 4 * row + 4))),
          [6, 2, 2],
        ),
      );
      order.forEach((row, place) => {
        expect(slice(y, [row, 0, 0], [1, 2, 2])).toBeAllclose(slice(moved, [place, 0, 0], [1, 2, 2]), 0);
      });
      expect(y).not.toBeAllclose(forward(x()), 0.01);
    });
    m.dispose();
  });

  it('lets gradients through', () => {
    tidy(() => {
      const weights = tensor1d([1, 2, 3, 4, 5]);
      const [dx] = grads((x) =>
        sum(
          mul(
            shuffled((rows) => mul(rows, rows), x as Tensor, createRng(3)),
            weights,
          ),
        ),
      )([tensor1d([1, 1, 2, 2, 3])]);
      expect(dx).toBeAllclose([2, 4, 12, 16, 30]);
    });
  });

  it('refuses a forward that drops rows, and leaves nothing behind', () => {
    const rows = x();
    const before = memory().numTensors;
    expect(() => shuffled((t) => slice(t, [0, 0, 0], [2, 2, 2]), rows, createRng(0))).toThrow(/forward must keep rows/);
    expect(memory().numTensors).toBe(before);
    rows.dispose();
  });
});

describe('inSplits', () => {
  it('gives each part statistics of its own, as batchNorm with splits', () => {
    const [whole, split] = [normModel(), normModel(3)];
    const before = memory().numTensors;
    tidy(() => {
      const apply = (m: LayersModel) => (rows: Tensor) => m.apply(rows, { training: true }) as Tensor;
      const y = inSplits(apply(whole), x(), 3);
      expect(y).toBeAllclose(apply(split)(x()), 1e-6);
      // Rows 1 and 4 are part 1; a channel of theirs has mean 0.
      const channel = [1, 4].flatMap((row) => [0, 2].map((i) => y.dataSync()[4 * row + i]!));
      expect(Math.abs(channel.reduce((a, b) => a + b))).toBeLessThan(1e-5);
    });
    expect(memory().numTensors).toBe(before);
    whole.dispose();
    split.dispose();
  });

  it('joins several outputs', () => {
    tidy(() => {
      const [one, two] = inSplits<Tensor[]>((rows) => [add(rows, 1), sum(rows, [1, 2])], x(), 2);
      expect(one).toBeAllclose({ shape: [6, 2, 2], data: data.map((v) => v + 1) });
      const sums = [0, 1, 2, 3, 4, 5].map((row) => data.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b));
      expect(two).toBeAllclose(sums);
    });
  });

  it('refuses batches it cannot part', () => {
    const rows = x();
    expect(() => inSplits((t) => t, rows, 4)).toThrow(/batch of 6 in 4 equal parts/);
    expect(() => inSplits((t) => t, rows, 0)).toThrow(RangeError);
    rows.dispose();
  });
});
