import { memory, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers } from './blobs.fixture.js';
import { type KMeansResult, kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';
import type { PointBlocks, Points } from './points.js';

expectNoLeaks();

/** Cuts a matrix into blocks of these numbers of rows, again and again. */
function* cut(values: Float32Array, width: number, sizes: readonly number[]): Generator<Float32Array> {
  for (let start = 0, b = 0; start < values.length; b++) {
    const end = Math.min(values.length, start + sizes[b % sizes.length]! * width);
    yield values.slice(start, end);
    start = end;
  }
}

/** A source of tensors that disposes each one once the next is asked for. */
function tensorBlocks(values: Float32Array, width: number, sizes: readonly number[]): PointBlocks {
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
function reusedBlocks(values: Float32Array, width: number, size: number): PointBlocks {
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

function outcome(result: KMeansResult) {
  const { centroids, assignments, distances, counts, objective, splits } = result;
  const read = {
    centroids: numbers(centroids),
    assignments: numbers(assignments),
    distances: numbers(distances),
    counts: numbers(counts),
    ...{ objective, splits },
  };
  result.dispose();
  return read;
}

const data = blobs(400, 5, 31);
const values = Float32Array.from(data.flat());
const weights = Float32Array.from(data, (_, i) => (i % 5) / 2);

test.each<[string, number, KMeansOptions]>([
  ['defaults', 8, {}],
  ['restarts', 8, { restarts: 3, seed: 3, iterations: 6 }],
  ['spherical', 7, { spherical: true }],
  ['weights', 8, { weights }],
  ['k-means++', 9, { init: 'k-means++', restarts: 2 }],
  ['spherical k-means++ with weights', 9, { init: 'k-means++', spherical: true, weights }],
  ['a random subset', 6, { maxPointsPerCentroid: 20 }],
  ['a random subset with weights, k-means++', 6, { maxPointsPerCentroid: 40, weights, init: 'k-means++' }],
  ['tolerance', 8, { tolerance: 0.01 }],
  ['no iterations', 8, { iterations: 0 }],
  ['as many clusters as points', 400, {}],
  ['more clusters than distinct starts need', 150, { iterations: 4 }],
])('a tensor, a typed array and blocks give the same: %s', async (_, k, options) => {
  const tensor = tensor2d(values, [400, 5]);
  const forms: Record<string, Points> = {
    matrix: { values, width: 5 },
    'one block': { width: 5, blocks: () => [values] },
    'small blocks, some empty': { width: 5, blocks: () => cut(values, 5, [1, 0, 7, 50, 0, 3]) },
    'empty blocks around': { width: 5, blocks: () => [new Float32Array(0), values, new Float32Array(0)] },
    tensors: tensorBlocks(values, 5, [64, 0, 9]),
    'an array used again': reusedBlocks(values, 5, 33),
  };
  const expected = outcome(await kMeans(tensor, k, options));
  for (const [form, points] of Object.entries(forms)) {
    const actual = outcome(await kMeans(points, k, options));
    expect(actual.assignments, form).toEqual(expected.assignments);
    expect(actual.counts, form).toEqual(expected.counts);
    expect(actual.splits, form).toEqual(expected.splits);
    expect(actual.centroids, form).toBeAllclose(expected.centroids, 1e-6);
    expect(actual.distances, form).toBeAllclose(expected.distances, 1e-6);
    expect(actual.objective, form).toBeAllclose(expected.objective, 1e-6);
  }
  tensor.dispose();
});

test('of different centroids that are equally near the first takes the points, in memory as in blocks', async () => {
  // Whole numbers, so that ties are exact; moving towards a tie must not keep a point where it was.
  for (let seed = 1; seed <= 150; seed++) {
    const values = new Float32Array(27).map((_, i) => Math.imul(seed * 31 + i, 2654435761) >>> 30);
    const points = { values, width: 3 };
    const options = { seed, iterations: 8 };
    const blocks = { width: 3, blocks: () => cut(values, 3, [4]) };
    expect(outcome(await kMeans(points, 3, options))).toEqual(outcome(await kMeans(blocks, 3, options)));
  }
});

test('initial centroids, fewer than clusters, frozen', async () => {
  const initialCentroids = tensor2d(data.slice(5, 8));
  for (const init of ['random', 'k-means++'] as const) {
    const options = { initialCentroids, frozenCentroids: true, init };
    const expected = outcome(await kMeans({ values, width: 5 }, 9, options));
    const actual = outcome(await kMeans(tensorBlocks(values, 5, [90]), 9, options));
    expect(actual.assignments).toEqual(expected.assignments);
    expect(actual.centroids.slice(0, 15)).toEqual(data.slice(5, 8).flat());
    expect(actual.centroids).toBeAllclose(expected.centroids, 1e-6);
  }
  initialCentroids.dispose();
});

test('more points than go through the device at once, and than k-means++ looks at', async () => {
  const many = Float32Array.from(blobs(20_000, 3, 32).flat());
  const expected = outcome(await kMeans({ values: many, width: 3 }, 5, { maxPointsPerCentroid: 4000, iterations: 4 }));
  for (const sizes of [[20_000], [300], [8192], [9000, 10, 8191]]) {
    const points: PointBlocks = { width: 3, blocks: () => cut(many, 3, sizes) };
    const actual = outcome(await kMeans(points, 5, { maxPointsPerCentroid: 4000, iterations: 4 }));
    expect(actual.assignments).toEqual(expected.assignments);
    expect(actual.centroids).toBeAllclose(expected.centroids, 1e-6);
    expect(actual.objective).toBeAllclose(expected.objective, 1e-6);
  }
  const weightless = new Float32Array(20_000).fill(1, 19_950);
  const points: PointBlocks = { width: 3, blocks: () => cut(many, 3, [4096]) };
  const options = { maxPointsPerCentroid: 20_000, iterations: 2, init: 'k-means++' as const };
  const seeded = outcome(await kMeans(points, 6, options));
  expect(seeded.objective[0]!).toBeLessThan(expected.objective[0]!);
  // Only the last 50 points weigh something: the sample holds them all.
  const heavy = outcome(await kMeans(points, 6, { ...options, iterations: 0, weights: weightless }));
  const rows = Array.from({ length: 50 }, (_, i) => String(many.subarray((19_950 + i) * 3, (19_951 + i) * 3)));
  for (let c = 0; c < 6; c++) expect(rows).toContain(String(heavy.centroids.slice(c * 3, c * 3 + 3)));
});

test('blocks are read once to count, to start, for each iteration and to assign, and hold no other tensors', async () => {
  const inner = tensorBlocks(values, 5, [50]);
  const before = memory().numTensors;
  let passes = 0;
  const held: number[] = [];
  const points: PointBlocks = {
    width: 5,
    async *blocks() {
      passes++;
      for await (const block of inner.blocks()) {
        held.push(memory().numTensors - before);
        yield block;
      }
    },
  };
  (await kMeans(points, 6, { iterations: 3, restarts: 2 })).dispose();
  expect(passes).toBe(1 + 2 * (1 + 3) + 1);
  expect(new Set(held)).toEqual(new Set([1]));
});

test('progress of blocks rises from 0 to 1', async () => {
  const shares: number[] = [];
  const onProgress = (share: number) => shares.push(share);
  const many = Float32Array.from(blobs(20_000, 3, 33).flat());
  const points: PointBlocks = { width: 3, blocks: () => cut(many, 3, [3000]) };
  (await kMeans(points, 4, { iterations: 2, maxPointsPerCentroid: 5000, onProgress })).dispose();
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  expect(shares.length).toBeGreaterThan(6);
});

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

test('a typed array is used in place, and stays as it was', async () => {
  const own = Float32Array.from(values);
  (await kMeans({ values: own, width: 5 }, 4, { spherical: true, init: 'k-means++' })).dispose();
  expect(own).toEqual(values);
});
