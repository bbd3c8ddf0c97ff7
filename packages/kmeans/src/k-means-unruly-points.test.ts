import { type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';
import { cut, tensorBlocks } from './point-blocks.fixture.js';
import type { PointBlocks, Points } from './points.js';

expectNoLeaks();

const data = blobs(400, 5, 31);
const values = Float32Array.from(data.flat());

/** Counts how often iterators were begun and closed. */
function watched(width: number, blocks: (pass: number) => Iterable<Float32Array | Tensor2D>) {
  const log = { begun: 0, closed: 0 };
  const points: PointBlocks = {
    width,
    async *blocks() {
      const pass = log.begun++;
      try {
        yield* blocks(pass);
      } finally {
        log.closed++;
      }
    },
  };
  return { log, points };
}

test('aborted between blocks: the source is closed', async () => {
  for (const at of [0, 3, 10, 20, 30]) {
    const controller = new AbortController();
    let read = 0;
    const { log, points } = watched(5, function* () {
      for (const block of cut(values, 5, [100])) {
        if (read++ === at) controller.abort(new Error('enough'));
        yield block;
      }
    });
    await expect(kMeans(points, 5, { signal: controller.signal, init: 'k-means++' })).rejects.toThrow('enough');
    expect(read).toBe(at + 1);
    expect(log.closed).toBe(log.begun);
  }
});

test('what a source throws is passed on, in whichever pass', async () => {
  for (const bad of [0, 1, 2, 5]) {
    const points: PointBlocks = {
      width: 5,
      blocks: (() => {
        let pass = 0;
        return async function* () {
          const now = pass++;
          for await (const block of tensorBlocks(values, 5, [100]).blocks()) {
            yield block;
            if (now === bad) throw new Error('the disk is gone');
          }
        };
      })(),
    };
    await expect(kMeans(points, 5, { iterations: 3 })).rejects.toThrow('the disk is gone');
  }
});

test('a source that does not give the same number of points again is refused, and told what to give', async () => {
  const once = cut(values, 5, [100]);
  await expect(kMeans({ width: 5, blocks: () => once }, 5)).rejects.toThrow(
    'points.blocks() gave 400 points in the first pass and 0 in a later one: give a function that begins anew at each call, such as async function*, with the same points each time',
  );
  for (const bad of [1, 2, 4]) {
    for (const [rows, got] of [
      [390, '390'],
      [410, 'at least 410'],
    ] as const) {
      const longer = new Float32Array(rows * 5);
      longer.set(values.subarray(0, Math.min(rows, 400) * 5));
      const { log, points } = watched(5, (pass) => cut(pass === bad ? longer : values, 5, [1000]));
      await expect(kMeans(points, 5, { iterations: 3 })).rejects.toThrow(`in the first pass and ${got} in a later one`);
      expect(log.closed).toBe(log.begun);
    }
  }
});

test('blocks that cannot be read are refused, and which they are is said', async () => {
  const good = new Float32Array(10);
  const broken = Float32Array.of(1, 2, 3, 4, 5, 6, 7, Number.NaN, 9, 10);
  const huge = Float32Array.of(1, 2, 3, 2e15, 5);
  const integers = tensor2d([1, 2, 3, 4, 5], [1, 5], 'int32');
  const wide = tensor2d([1, 2, 3, 4, 5, 6], [1, 6]);
  const flat = tensor1d([1, 2, 3, 4, 5]);
  const gone = tensor2d([1, 2, 3, 4, 5], [1, 5]);
  gone.dispose();
  const needed = 'must be a Float32Array of whole rows of 5 columns, or a float32 tensor [n, 5]';
  const cases: [unknown, string, ErrorConstructor][] = [
    [
      broken,
      'points must be finite and at most 1000000000000000 in magnitude, got NaN in block 2, row 1, column 2',
      RangeError,
    ],
    [huge, 'got 1999999973982208 in block 2, row 0, column 3', RangeError],
    [new Float32Array(7), `block 2 of points ${needed}, got 7 numbers`, RangeError],
    [integers, `block 2 of points ${needed}, got int32`, TypeError],
    [wide, `block 2 of points ${needed}, got shape [1,6]`, RangeError],
    [flat, `block 2 of points ${needed}, got shape [5]`, RangeError],
    [gone, 'block 2 of points is a disposed tensor: dispose a block only when the next one is asked for', RangeError],
    [new Float64Array(10), `block 2 of points ${needed}, got Float64Array`, TypeError],
    [[1, 2, 3, 4, 5], `block 2 of points ${needed}, got Array`, TypeError],
    [null, `block 2 of points ${needed}, got Null`, TypeError],
  ];
  for (const [bad, message, kind] of cases) {
    const { log, points } = watched(5, () => [good, good, bad, good] as Float32Array[]);
    const refused = expect(kMeans(points, 2)).rejects;
    await refused.toThrow(message);
    await expect(kMeans(points, 2)).rejects.toBeInstanceOf(kind);
    expect(log).toEqual({ begun: 2, closed: 2 });
  }
  for (const tensor of [integers, wide, flat]) tensor.dispose();
});

test('points in no form that can be read, too few of them or of weights, are refused', async () => {
  const blocks = () => cut(values, 5, [64]);
  const cases: [unknown, KMeansOptions, string][] = [
    [null, {}, 'points must be a Tensor2D, { values, width } or { width, blocks }, got Null'],
    [[[1, 2]], {}, 'points must be a Tensor2D, { values, width } or { width, blocks }, got Array'],
    [values, {}, '{ width, blocks }, got Float32Array'],
    [{ data: values }, {}, 'points must be a Tensor2D, { values, width } or { width, blocks }, got { data }'],
    [{ values: [1, 2], width: 1 }, {}, 'points.values must be a Float32Array, got Array'],
    [{ values, width: 0 }, {}, 'points.width must be an integer of at least 1, got 0'],
    [{ values, width: 7 }, {}, 'points.values must hold whole rows of 7 columns, at least one, got 2000 numbers'],
    [{ values: new Float32Array(0), width: 7 }, {}, 'at least one, got 0 numbers'],
    [{ values: Float32Array.of(1, 2, Number.NaN), width: 1 }, {}, 'got NaN in row 2, column 0'],
    [{ values: values.subarray(0, 10), width: 5 }, {}, 'Cannot cluster 2 points into 3 clusters'],
    [{ blocks }, {}, 'points.width must be an integer of at least 1, got undefined'],
    [
      { width: 5, blocks: [values] },
      {},
      'points.blocks must be a function, called for each pass over the points, got object',
    ],
    [
      { width: 5, blocks: () => 5 },
      {},
      'points.blocks() must return an iterable or async iterable of blocks, got Number',
    ],
    [{ width: 5, blocks: async () => [values] }, {}, 'async iterable of blocks, got Promise'],
    [{ width: 5, blocks: () => [] }, {}, 'points must hold at least one row, but points.blocks() gave none'],
    [{ width: 5, blocks: () => [values.subarray(0, 10)] }, {}, 'Cannot cluster 2 points into 3 clusters'],
    [
      { width: 5, blocks },
      { weights: new Float32Array(399) },
      'weights must have one value for each of 400 points, got 399',
    ],
    [{ width: 5, blocks }, { init: 'farthest' as 'random' }, "init must be 'random' or 'k-means++', got 'farthest'"],
  ];
  for (const [points, options, message] of cases) {
    await expect(kMeans(points as Points, 3, options), message).rejects.toThrow(message);
  }
});
