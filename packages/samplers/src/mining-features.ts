import { Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { MiningRequest } from './positive-miner.js';
import { requireTensor } from './require-tensor.js';

/** How far a row's length may be from 1. */
const UNIT_TOLERANCE = 1e-2;
/** Rows of a part of the features: small enough that places in it are small integers, which are fast. */
const CHUNK = 1024;

/** Unit rows on the host, that may be put on the device. */
export interface MiningFeatures {
  readonly n: number;
  readonly width: number;
  /** `[N · D]`: row after row, as they were given. */
  readonly values: Float32Array;
  /** `[N]`: the lengths of the rows. */
  readonly lengths: Float64Array;
  /** How far the length of a row is from 1, at most. */
  readonly deviation: number;
  /** The cosine of two rows, in float64. */
  cosine(i: number, j: number): number;
  /** Some rows, made exactly as long as float32 can tell. */
  unit(images: ArrayLike<number>): Float32Array;
  /** The rows as a tensor, which `use` may not dispose. */
  onDevice<T>(use: (rows: Tensor2D) => Promise<T>): Promise<T>;
}

/** Reads features; rejects unless they are at least 2 rows of unit length. */
export async function readFeatures(task: string, features: MiningRequest['features']): Promise<MiningFeatures> {
  const { n, width } = shapeOf(task, features);
  if (n < 2) throw new RangeError(`Cannot ${task}: needed features of at least 2 images, got ${n}`);
  const values = features instanceof Tensor ? ((await features.data()) as Float32Array) : features.values;
  const lengths = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let at = i * width; at < (i + 1) * width; at++) square += values[at]! * values[at]!;
    lengths[i] = Math.sqrt(square);
  }
  const wrong = (length: number) => !(Math.abs(length - 1) <= UNIT_TOLERANCE);
  const first = lengths.findIndex(wrong);
  if (first >= 0) {
    throw new RangeError(
      `Cannot ${task}: the length of a row of features must be 1 ± ${UNIT_TOLERANCE}; L2-normalise the rows, got ` +
        `${lengths[first]} at ${first} (${lengths.filter(wrong).length} of ${n})`,
    );
  }
  const chunks = Array.from({ length: Math.ceil(n / CHUNK) }, (_, c) =>
    values.subarray(c * CHUNK * width, (c + 1) * CHUNK * width),
  );
  return {
    ...{ n, width, values, lengths },
    deviation: lengths.reduce((most, length) => Math.max(most, Math.abs(length - 1)), 0),
    cosine(i, j) {
      const x = chunks[Math.floor(i / CHUNK)]!;
      const y = chunks[Math.floor(j / CHUNK)]!;
      let a = (i % CHUNK) * width;
      let b = (j % CHUNK) * width;
      const end = a + width;
      // Four sums, so that an addition does not wait for the last one; `dotsOfPairs` adds in the same order.
      let sum = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      for (; a < end - 3; a += 4, b += 4) {
        sum += x[a]! * y[b]!;
        second += x[a + 1]! * y[b + 1]!;
        third += x[a + 2]! * y[b + 2]!;
        fourth += x[a + 3]! * y[b + 3]!;
      }
      if (a < end) sum += x[a]! * y[b]!;
      if (a + 1 < end) second += x[a + 1]! * y[b + 1]!;
      if (a + 2 < end) third += x[a + 2]! * y[b + 2]!;
      return Math.min(Math.max((sum + second + third + fourth) / (lengths[i]! * lengths[j]!), -1), 1);
    },
    unit(images) {
      const rows = new Float32Array(images.length * width);
      for (let at = 0; at < rows.length; at++) {
        const image = images[Math.floor(at / width)]!;
        rows[at] = values[image * width + (at % width)]! / lengths[image]!;
      }
      return rows;
    },
    async onDevice(use) {
      if (features instanceof Tensor) return use(features);
      const rows = tensor2d(values, [n, width]);
      try {
        return await use(rows);
      } finally {
        rows.dispose();
      }
    },
  };
}

function shapeOf(task: string, features: MiningRequest['features']): { n: number; width: number } {
  if (features instanceof Tensor) {
    requireTensor(task, 'features', features, ['N', 'D']);
    return { n: features.shape[0], width: features.shape[1] };
  }
  const { values, width } = features ?? {};
  if (!(values instanceof Float32Array)) {
    throw new TypeError(
      `Cannot ${task}: needed features as a Tensor2D or { values: Float32Array, width }, got ${features}`,
    );
  }
  if (!(Number.isSafeInteger(width) && width > 0 && values.length % width === 0)) {
    throw new RangeError(
      `Cannot ${task}: needed features.values of whole rows of features.width columns, got ${values.length} numbers and width ${width}`,
    );
  }
  return { n: values.length / width, width };
}
