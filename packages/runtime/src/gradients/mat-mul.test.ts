import { grads, matMul, memory, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from './testing/noise.js';

const flags = [false, true];
const cases = [[], [3], [2, 3]].flatMap((batch) =>
  flags.flatMap((transposeA) => flags.map((transposeB) => ({ batch, transposeA, transposeB }))),
);

describe('the gradient of matMul', () => {
  it.each(cases)('batch [$batch], transposes $transposeA $transposeB', ({ batch, transposeA, transposeB }) => {
    const before = memory().numTensors;
    tidy(() => {
      const [rows, inner, columns] = [4, 5, 6];
      const count = batch.reduce((a, b) => a * b, 1);
      const a = tensor(noise(count * rows * inner, 1), [...batch, ...(transposeA ? [inner, rows] : [rows, inner])]);
      const b = tensor(noise(count * inner * columns, 2), [
        ...batch,
        ...(transposeB ? [columns, inner] : [inner, columns]),
      ]);
      const dy = tensor(noise(count * rows * columns, 3), [...batch, rows, columns]);
      const [da, db] = grads((x, y) => matMul(x as Tensor, y as Tensor, transposeA, transposeB))([a, b], dy);

      const [as, bs, ds] = [a.dataSync(), b.dataSync(), dy.dataSync()];
      const slowA = new Float64Array(a.size);
      const slowB = new Float64Array(b.size);
      for (let n = 0; n < count; n++)
        for (let i = 0; i < rows; i++)
          for (let k = 0; k < inner; k++)
            for (let j = 0; j < columns; j++) {
              const aAt = n * rows * inner + (transposeA ? k * rows + i : i * inner + k);
              const bAt = n * inner * columns + (transposeB ? j * inner + k : k * columns + j);
              const d = ds[(n * rows + i) * columns + j]!;
              slowA[aAt]! += d * bs[bAt]!;
              slowB[bAt]! += d * as[aAt]!;
            }
      expect(da).toBeAllclose({ shape: a.shape, data: slowA });
      expect(db).toBeAllclose({ shape: b.shape, data: slowB });
    });
    expect(memory().numTensors).toBe(before);
  });
});
