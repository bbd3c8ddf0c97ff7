import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';
import { trainOnWasm } from './train-on-wasm.js';

const memory = () => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
};

describe('trainOnWasm', () => {
  it('puts the kernels back as they were', () => {
    const kernels = () =>
      tf.getKernelsForBackend('wasm').map(({ kernelName, kernelFunc }) => ({ kernelName, kernelFunc }));
    const byName = (list: ReturnType<typeof kernels>) => new Map(list.map((k) => [k.kernelName, k.kernelFunc]));
    const before = byName(kernels());
    const undo = trainOnWasm();
    expect(byName(kernels())).not.toEqual(before);
    undo();
    undo();
    expect(byName(kernels())).toEqual(before);
  });

  it('multiplies by the same data in several shapes, and leaves no memory behind', () => {
    const before = memory();
    tf.tidy(() => {
      const x = tf.tensor2d(noise(12, 1), [12, 1]);
      const shapes: [number, number][] = [[12, 1], [1, 12], [3, 4], [4, 3], [6, 2], [3, 4]]; // biome-ignore format: one line
      for (const [rows, columns] of shapes) {
        for (const transposed of [false, true]) {
          const view = tf.reshape(x, [rows, columns]) as tf.Tensor2D;
          const product = tf.matMul(view, view, !transposed, transposed);
          const values = noise(12, 1);
          const size = transposed ? rows : columns;
          const at = (i: number, k: number) => values[transposed ? i * columns + k : k * columns + i]!;
          const slow = Array.from({ length: size * size }, (_, ij) => {
            let sum = 0;
            for (let k = 0; k < 12 / size; k++) sum += at(Math.floor(ij / size), k) * at(ij % size, k);
            return sum;
          });
          expect(product).toBeAllclose({ shape: [size, size], data: slow });
          const fused = tf.fused.matMul({ a: view, b: view, transposeA: !transposed, transposeB: transposed });
          expect(fused).toBeAllclose({ shape: [size, size], data: slow });
        }
      }
    });
    expect(memory()).toEqual(before);
  });
});

describe('unsortedSegmentSum on wasm', () => {
  it('adds rows of the same segment and leaves out ids that are none', () => {
    const before = memory();
    tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2]);
      const ids = tf.tensor1d([2, 0, 2, -1, 3], 'int32');
      expect(tf.unsortedSegmentSum(x, ids, 3)).toBeAllclose({ shape: [3, 2], data: [3, 4, 0, 0, 6, 8] });
    });
    expect(memory()).toEqual(before);
  });
});
