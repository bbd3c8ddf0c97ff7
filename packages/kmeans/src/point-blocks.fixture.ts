import { tensor2d } from '@tensorflow/tfjs-core';
import type { PointBlocks } from './points.js';

/** Cuts a matrix into blocks of these numbers of rows, again and again. */
export function* cut(values: Float32Array, width: number, sizes: readonly number[]): Generator<Float32Array> {
  for (let start = 0, b = 0; start < values.length; b++) {
    const end = Math.min(values.length, start + sizes[b % sizes.length]! * width);
    yield values.slice(start, end);
    start = end;
  }
}

/** A source of tensors that disposes each one once the next is asked for. */
export function tensorBlocks(values: Float32Array, width: number, sizes: readonly number[]): PointBlocks {
  return {
    width,
    async *blocks() {
      for (const block of cut(values, width, sizes)) {
        const tensor = tensor2d(block, [block.length / width, width]);
        try {
          yield tensor;
        } finally {
          tensor.dispose();
        }
      }
    },
  };
}

/** A source that writes all blocks into the same array. */
export function reusedBlocks(values: Float32Array, width: number, size: number): PointBlocks {
  return {
    width,
    *blocks() {
      const array = new Float32Array(size * width);
      for (const block of cut(values, width, [size])) {
        array.set(block);
        yield array.subarray(0, block.length);
      }
      array.fill(7);
    },
  };
}
