import { Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Breathe } from '../breather.js';
import { kindOf } from '../option-checks.js';
import type { PointBlocks } from '../points.js';
import { requireFinite } from '../read-points.js';

/** Points that follow each other. */
export interface PointRun {
  /** Number of the first. */
  readonly start: number;
  /** Row-major; valid until the next run is asked for. */
  readonly values: Float32Array;
}

/** Small blocks are put together, up to these rows and numbers: each goes through the device at a price. */
const MOST_ROWS = 8192;
const MOST_NUMBERS = 2 ** 21;

/** The numbers of a block, checked; `place` says which. */
async function valuesOf(block: unknown, width: number, place: string): Promise<Float32Array> {
  const needed = `must be a Float32Array of whole rows of ${width} columns, or a float32 tensor [n, ${width}]`;
  if (block instanceof Float32Array) {
    if (block.length % width !== 0) throw new RangeError(`${place} ${needed}, got ${block.length} numbers`);
    return block;
  }
  if (!(block instanceof Tensor)) throw new TypeError(`${place} ${needed}, got ${kindOf(block)}`);
  const tensor = block as Tensor2D;
  if (tensor.dtype !== 'float32') throw new TypeError(`${place} ${needed}, got ${tensor.dtype}`);
  if (tensor.rank !== 2 || tensor.shape[1] !== width) {
    throw new RangeError(`${place} ${needed}, got shape [${tensor.shape}]`);
  }
  if (tensor.isDisposed) {
    throw new RangeError(`${place} is a disposed tensor: dispose a block only when the next one is asked for`);
  }
  return (await tensor.data()) as Float32Array;
}

/**
 * Reads all blocks once, small ones put together and empty ones passed over.
 *
 * The source is closed if the reader stops early, or the reading throws. Awaits `breathe` before each block.
 *
 * @param expected How many points there were in the first pass; null in the first pass.
 * @throws RangeError or TypeError that names a block, and its row, that is not as it should be; RangeError if there are
 *   no points, or not as many as in the first pass.
 */
export async function* readBlocks(
  points: PointBlocks,
  expected: number | null,
  breathe: Breathe,
): AsyncGenerator<PointRun, void, undefined> {
  const { width } = points;
  const requireCount = (fits: boolean, got: string) => {
    if (fits) return;
    throw new RangeError(
      `points.blocks() gave ${expected} points in the first pass and ${got} in a later one: give a function that begins anew at each call, such as async function*, with the same points each time`,
    );
  };
  const source: unknown = points.blocks();
  if (source === null || typeof source !== 'object' || !(Symbol.asyncIterator in source || Symbol.iterator in source)) {
    throw new TypeError(`points.blocks() must return an iterable or async iterable of blocks, got ${kindOf(source)}`);
  }
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / width)));
  let buffer: Float32Array | null = null;
  let filled = 0;
  let start = 0;
  let seen = 0;
  let number = 0;
  await breathe();
  for await (const block of source as AsyncIterable<unknown>) {
    const values = await valuesOf(block, width, `block ${number} of points`);
    requireFinite(values, width, 'points', `block ${number}, `);
    number++;
    const rows = values.length / width;
    seen += rows;
    if (expected !== null) requireCount(seen <= expected, `at least ${seen}`);
    for (let from = 0; from < rows; ) {
      if (filled === 0 && rows - from >= most) {
        yield { start, values: values.subarray(from * width) };
        start += rows - from;
        break;
      }
      buffer ??= new Float32Array(most * width);
      const taken = Math.min(most - filled, rows - from);
      buffer.set(values.subarray(from * width, (from + taken) * width), filled * width);
      filled += taken;
      from += taken;
      if (filled === most) {
        yield { start, values: buffer };
        start += most;
        filled = 0;
      }
    }
    await breathe();
  }
  if (expected !== null) requireCount(seen === expected, String(seen));
  if (seen === 0) throw new RangeError('points must hold at least one row, but points.blocks() gave none');
  if (filled > 0) yield { start, values: buffer!.subarray(0, filled * width) };
}
