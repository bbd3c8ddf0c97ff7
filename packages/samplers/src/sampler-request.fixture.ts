import { createRng, type Rng } from '@hcsc/random';
import {
  matMul,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  transpose,
} from '@tensorflow/tfjs-core';
import { onTestFinished } from 'vitest';
import type { AnchorLevel, NegativeRequest } from './negative-sampler.js';

const WIDTH = 5;

/** Tensors that are disposed when the test is over. */
export function own<T extends Tensor>(tensor: T): T {
  onTestFinished(() => tensor.dispose());
  return tensor;
}

/** Random unit rows, also as lists. */
function unitRows(rng: Rng, n: number, width = WIDTH): Tensor2D {
  const rows = Array.from({ length: n }, () => {
    const row = Array.from({ length: width }, () => rng.normal());
    return row.map((value) => value / Math.hypot(...row));
  });
  return own(tensor2d(rows));
}

/** What is asked for, of 4 anchors: a queue of so many keys, or the prototypes of two levels. */
export function samplerRequest({ queue = 0, seed = 1 } = {}): NegativeRequest {
  const rng = createRng(seed);
  const clusters = [8, 3];
  const levels = clusters.map((k, l): AnchorLevel => {
    const positives = [0, 1, 2, 3].map(() => rng.integer(k));
    return {
      centroids: unitRows(rng, k),
      concentration: own(tensor1d(Array.from({ length: k }, () => 0.1 + 0.3 * rng.uniform()))),
      parents: l === 0 ? own(tensor1d(new Array(k).fill(0), 'int32') as Tensor1D) : null,
      positives: own(tensor1d(positives, 'int32') as Tensor1D),
    };
  });
  const keyRows = queue > 0 ? unitRows(rng, queue) : null;
  return {
    candidates: levels.map((level) => keyRows ?? level.centroids),
    levels,
    anchors: unitRows(rng, 4),
    keys: unitRows(rng, 4),
    rng,
  };
}

/** Downloads rows, and disposes them. */
export const read = (rows: Tensor2D): number[][] => {
  const values = rows.arraySync();
  rows.dispose();
  return values;
};

/** Inner products of rows with rows, in float32 as the backend has them. */
export const products = (a: Tensor2D, b: Tensor2D): number[][] =>
  own(matMul(a, own(transpose(b)))).arraySync() as number[][];

/** Cosines of the anchors with the candidates of a level. */
export const cosinesOf = ({ anchors, candidates }: NegativeRequest, l: number) => products(anchors!, candidates[l]!);
