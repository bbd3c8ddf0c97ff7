import { createRng } from '@hcsc/random';
import { matMul, memory, slice, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compressRows } from './compress-rows.js';
import { clusteredRows } from './mining.fixture.js';
import { coarseProducts } from './wrap-kernel.fixture.js';

const n = 512;
const width = 256;

/** Unit rows in a few directions of the space, or in one. */
function flatRows(directions: number): Float32Array {
  const rng = createRng(4);
  const basis = Array.from({ length: directions }, () => Array.from({ length: width }, () => rng.normal()));
  const rows = Array.from({ length: n }, () => {
    const at = basis.map(() => rng.normal());
    const row = Array.from({ length: width }, (_, d) => at.reduce((sum, a, k) => sum + a * basis[k]![d]!, 0));
    return row.map((value) => value / Math.hypot(...row));
  });
  return Float32Array.from(rows.flat());
}

/** Few numbers that are not 0, all of them equal: the directions are then rows of equal numbers, which round alike. */
function evenRows(): Float32Array {
  const rng = createRng(7);
  const rows = new Float32Array(n * width);
  for (let at = 0; at < 3 * n; at++) rows[Math.floor(at / 3) * width + rng.integer(width)] = 1;
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    const length = Math.hypot(...row);
    for (let d = 0; d < width; d++) row[d]! /= length;
  }
  return rows;
}

describe('compressRows', () => {
  const sets: [name: string, values: Float32Array, most: number][] = [
    ['noise', flatRows(width), 0.4],
    ['clusters', clusteredRows(n, width).values, 0.1],
    ['three directions', flatRows(3), 0.01],
    ['one direction', flatRows(1), 0.01],
    ['even rows', evenRows(), 0.6],
  ];
  it.each(
    sets.flatMap(([name, values, most]) =>
      (['whole', 'rounded', 'cut'] as const).map((factors) => ({ name, factors, values, most })),
    ),
  )(
    'makes no inner product smaller, and few much larger: $name, factors $factors',
    async ({ values, most, factors }) => {
      if (factors !== 'whole') coarseProducts(factors);
      const rows = tensor2d(values, [n, width]);
      const lengths = Float64Array.from({ length: n }, (_, i) =>
        Math.hypot(...values.subarray(i * width, (i + 1) * width)),
      );
      const before = memory().numTensors;
      const compressed = (await compressRows(rows, lengths))!;
      expect(memory().numTensors).toBe(before + 1);
      const short = compressed.shape[1];
      expect(short).toBeLessThan(width);
      const some = 100;
      const products = tidy(() => {
        const first = slice(compressed, 0, some);
        return matMul(first, first, false, true).dataSync();
      });
      let least = Infinity;
      let sum = 0;
      for (let i = 0; i < some; i++) {
        for (let j = i + 1; j < some; j++) {
          let excess = products[i * some + j]!;
          for (let d = 0; d < width; d++) excess -= values[i * width + d]! * values[j * width + d]!;
          least = Math.min(least, excess);
          sum += excess;
        }
      }
      expect(least).toBeGreaterThanOrEqual(0);
      expect(sum / 4950).toBeLessThan(most);
      rows.dispose();
      compressed.dispose();
    },
  );

  it('does not where it would not pay', async () => {
    for (const [rows, columns] of [
      [255, width],
      [n, 127],
    ] as const) {
      const tensor = tensor2d(new Float32Array(rows * columns), [rows, columns]);
      expect(await compressRows(tensor, new Float64Array(rows).fill(1))).toBeNull();
      tensor.dispose();
    }
  });
});
