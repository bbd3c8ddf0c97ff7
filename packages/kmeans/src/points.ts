import { Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { kindOf, requireInteger } from './option-checks.js';
import { requirePoints } from './read-points.js';

/**
 * Points in a typed array, row-major: point i is `values[i * width]` to `values[(i + 1) * width - 1]`.
 *
 * They are used in place, so that they must not change until the call has settled.
 *
 * @example
 * ```ts
 * const points: PointMatrix = { values: new Float32Array([0, 0, 1, 1, 8, 8, 9, 9]), width: 2 };
 * const clusters = await kMeans(points, 2);
 * ```
 */
export interface PointMatrix {
  /** N · D numbers, finite and at most 1e15 in magnitude. */
  readonly values: Float32Array;
  /** D, the columns of a point. */
  readonly width: number;
}

/**
 * Points that are read in blocks, again and again, so that they need not all stand in memory.
 *
 * `blocks` is called once for each pass over the points, and must give the same points in the same order each time: that is
 * why it is a function, best an `async function*` or a generator. A block is a row-major Float32Array or a float32
 * tensor `[n, D]`, with any number of rows, also none. It stays the source's own, who may overwrite or dispose it
 * as soon as it is asked for the next one; if a pass ends early, the iterator is closed, so that `finally` runs.
 *
 * @example From a file, 10,000 points of 128 numbers at a time:
 * ```ts
 * const points: PointBlocks = {
 *   width: 128,
 *   async *blocks() {
 *     for await (const chunk of createReadStream('features.f32', { highWaterMark: 10_000 * 128 * 4 })) {
 *       yield new Float32Array(Uint8Array.from(chunk).buffer);
 *     }
 *   },
 * };
 * const clusters = await kMeans(points, 3000);
 * ```
 *
 * @example From an encoder:
 * ```ts
 * const points: PointBlocks = {
 *   width: 512,
 *   async *blocks() {
 *     for await (const images of batches()) {
 *       const features = encoder.predict(images) as Tensor2D;
 *       try {
 *         yield features;
 *       } finally {
 *         dispose([images, features]);
 *       }
 *     }
 *   },
 * };
 * ```
 */
export interface PointBlocks {
  /** D, the columns of a point. */
  readonly width: number;
  /** Begins a pass. */
  blocks(): AsyncIterable<Float32Array | Tensor2D> | Iterable<Float32Array | Tensor2D>;
}

/** What can be clustered: `[N, D]` float32, or the same points in another form. */
export type Points = Tensor2D | PointMatrix | PointBlocks;

/** Whether points come in blocks. */
export function isBlocks(points: Points): points is PointBlocks {
  return 'blocks' in points;
}

/** Whether points are in a typed array. */
export function isMatrix(points: Points): points is PointMatrix {
  return 'values' in points && 'width' in points;
}

const FORMS = 'a Tensor2D, { values, width } or { width, blocks }';

/**
 * The shape of points, N being null if they come in blocks; looks at no value.
 *
 * @throws TypeError if they are in no form that can be read; RangeError if there are none, or the width does not fit.
 */
export function pointsShape(points: Points): { n: number | null; width: number } {
  if (kindOf(points) !== 'Object') throw new TypeError(`points must be ${FORMS}, got ${kindOf(points)}`);
  if (points instanceof Tensor) {
    requirePoints(points, 'points');
    return { n: points.shape[0], width: points.shape[1] };
  }
  if (isBlocks(points)) {
    requireInteger('points.width', points.width, 1);
    if (typeof points.blocks !== 'function') {
      throw new TypeError(
        `points.blocks must be a function, called for each pass over the points, got ${typeof points.blocks}`,
      );
    }
    return { n: null, width: points.width };
  }
  if (!isMatrix(points)) throw new TypeError(`points must be ${FORMS}, got { ${Object.keys(points).join(', ')} }`);
  const { values, width } = points;
  if (!(values instanceof Float32Array)) {
    throw new TypeError(`points.values must be a Float32Array, got ${kindOf(values)}`);
  }
  requireInteger('points.width', width, 1);
  if (values.length === 0 || values.length % width !== 0) {
    throw new RangeError(
      `points.values must hold whole rows of ${width} columns, at least one, got ${values.length} numbers`,
    );
  }
  return { n: values.length / width, width };
}
