import { createRng } from '@hcsc/random';
import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { COMPRESSED_ROUNDING, compressRows } from './compress-rows.js';
import { clusteredRows } from './mining.fixture.js';

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

describe('compressRows', () => {
  it.each([
    ['noise', flatRows(width), 0.4],
    ['clusters', clusteredRows(n, width).values, 0.1],
    ['three directions', flatRows(3), 0.01],
    ['one direction', flatRows(1), 0.01],
  ])('makes no inner product smaller, and few much larger: %s', async (_, values, most) => {
    const rows = tensor2d(values, [n, width]);
    const lengths = Float64Array.from({ length: n }, (_, i) =>
      Math.hypot(...values.subarray(i * width, (i + 1) * width)),
    );
    const before = memory().numTensors;
    const compressed = (await compressRows(rows, lengths))!;
    expect(memory().numTensors).toBe(before + 1);
    const short = compressed.shape[1];
    expect(short).toBeLessThan(width);
    const shorter = await compressed.data();
    let least = Infinity;
    let sum = 0;
    for (let i = 0; i < 100; i++) {
      for (let j = i + 1; j < 100; j++) {
        let excess = 0;
        for (let d = 0; d < short; d++) excess += shorter[i * short + d]! * shorter[j * short + d]!;
        for (let d = 0; d < width; d++) excess -= values[i * width + d]! * values[j * width + d]!;
        least = Math.min(least, excess);
        sum += excess;
      }
    }
    expect(least).toBeGreaterThan(-COMPRESSED_ROUNDING / 4);
    expect(sum / 4950).toBeLessThan(most);
    rows.dispose();
    compressed.dispose();
  });

  it('does not where it would not pay', async () => {
    for (const [rows, columns] of [
      [n - 1, width],
      [n, width - 1],
    ] as const) {
      const tensor = tensor2d(new Float32Array(rows * columns), [rows, columns]);
      expect(await compressRows(tensor, new Float64Array(rows).fill(1))).toBeNull();
      tensor.dispose();
    }
  });
});
