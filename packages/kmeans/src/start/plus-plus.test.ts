import { tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, square } from '../blobs.fixture.js';
import { mersenneTwister } from '../mersenne-twister.js';
import { pointSet } from '../point-set.js';
import { randomOrder } from '../random-order.js';
import { plusPlus } from './plus-plus.js';

interface Options {
  seed?: number;
  weights?: number[];
  placed?: number[][];
  spherical?: boolean;
  breathe?: () => Promise<void>;
}

async function draw(data: number[][], count: number, options: Options = {}): Promise<number[]> {
  const { seed = 1, weights, placed, spherical = false, breathe = async () => {} } = options;
  const tensor = tensor2d(data);
  const given = {
    seed,
    weights: weights ? Float32Array.from(weights) : null,
    placed: placed ? Float32Array.from(placed.flat()) : null,
    near: { spherical, breathe },
  };
  const points = pointSet(tensor, Float32Array.from(data.flat()));
  return plusPlus(points, count, given).then(
    (chosen) => {
      tensor.dispose();
      return Array.from(chosen);
    },
    (error: unknown) => {
      tensor.dispose();
      throw error;
    },
  );
}

const unit = (row: number[]) => row.map((value) => value / (Math.hypot(...row) || 1));
const least = (point: number[], centres: number[][]) => Math.min(...centres.map((centre) => square(point, centre)));

/** The same draws and choices, with everything computed from scratch each time. */
function slowDraw(data: number[][], count: number, { seed = 1, weights, placed = [], spherical }: Options): number[] {
  const draws = mersenneTwister(seed);
  const uniform = () => (Math.floor(draws() / 32) * 2 ** 26 + Math.floor(draws() / 64)) / 2 ** 53;
  const points = spherical ? data.map(unit) : data;
  const masses = data.map((row, i) => (weights?.[i] ?? 1) * (spherical ? Math.hypot(...row) : 1));
  const pick = (shares: number[]) => {
    let place = uniform() * shares.reduce((a, b) => a + b);
    return shares.findIndex((share) => {
      place -= share;
      return place < 0;
    });
  };
  const centres = placed.map((row) => (spherical ? unit(row) : row));
  const chosen: number[] = [];
  const add = (i: number) => {
    chosen.push(i);
    centres.push(points[i]!);
  };
  if (centres.length === 0) add(pick(masses));
  while (chosen.length < count) {
    const batch = Math.min(count - chosen.length, 128, Math.max(1, Math.floor(centres.length / 8)));
    const trials = Math.max(2 + Math.floor(Math.log(count)), 4 * batch);
    const shares = points.map((point, i) => masses[i]! * least(point, centres));
    const candidates = new Set(Array.from({ length: trials }, () => pick(shares)));
    for (let taken = 0; taken < batch; taken++) {
      const objectives = Array.from(candidates, (candidate) => {
        const with_ = [...centres, points[candidate]!];
        return { candidate, objective: points.reduce((sum, point, i) => sum + masses[i]! * least(point, with_), 0) };
      });
      const best = objectives.reduce((a, b) => (b.objective < a.objective ? b : a)).candidate;
      candidates.delete(best);
      add(best);
    }
  }
  return chosen;
}

expectNoLeaks();

test.each<[string, Options, number]>([
  ['all alike', {}, 0],
  ['another seed', { seed: 9 }, 0],
  ['with weights', { weights: Array.from({ length: 120 }, (_, i) => (i % 7) / 2) }, 0],
  ['beside centroids that stand already', { placed: blobs(3, 4, 21) }, 0],
  ['spherical', { spherical: true }, 0],
  [
    'spherical, with weights and placed centroids',
    { spherical: true, weights: Array.from({ length: 120 }, (_, i) => i), placed: [[9, 1, 1, 1]] },
    0,
  ],
  ['far from the origin', {}, 5000],
])('draws and chooses as a slow computation does: %s', async (_, options, offset) => {
  const data = blobs(120, 4, 20, offset);
  expect(await draw(data, 24, options)).toEqual(slowDraw(data, 24, options));
});

test.each([1e-20, 1e-30, 1e13])('draws and chooses as a slow computation does: numbers of about %s', async (size) => {
  const data = blobs(60, 3, 25).map((row) => row.map((value) => Math.fround(value * size)));
  expect(await draw(data, 10)).toEqual(slowDraw(data, 10, {}));
});

test('one point: drawn in proportion to its weight', async () => {
  const weights = [0, 1, 3, 0, 4];
  const found = new Array<number>(5).fill(0);
  for (let seed = 0; seed < 400; seed++) {
    const [only] = await draw([[1], [2], [3], [4], [5]], 1, { seed, weights });
    found[only!]!++;
  }
  // Within four standard deviations of 400 · w / 8.
  weights.forEach((weight, i) => {
    const share = weight / 8;
    expect(Math.abs(found[i]! - 400 * share)).toBeLessThanOrEqual(4 * Math.sqrt(400 * share * (1 - share)));
  });
});

test('tight clusters far apart: each gets its own', async () => {
  const data = Array.from({ length: 400 }, (_, i) => [100 * (i % 20), (i * i) % 7, ((i * 31) % 11) / 10]);
  for (let seed = 0; seed < 5; seed++) {
    const chosen = await draw(data, 20, { seed });
    expect(new Set(chosen.map((i) => i % 20)).size).toBe(20);
  }
});

test('an outlier hides no difference between the others', async () => {
  const data = [[1e7, 0], ...Array.from({ length: 60 }, (_, i) => [(i % 6) / 1000, 0])];
  const chosen = await draw(data, 7);
  expect(chosen).toContain(0);
  expect(new Set(chosen.map((i) => data[i]![0]))).toHaveLength(7);
});

const distinct = (data: number[][]) => new Set(data.map(String)).size;

test.each([false, true])(
  'fewer different points than asked for: all of them, and no point twice (spherical: %s)',
  async (spherical) => {
    const few = Array.from(
      { length: 60 },
      (_, i) =>
        [
          [1, 0],
          [0, 2],
          [3, 3],
        ][i % 3]!,
    );
    const same = few.map(() => [5, 5]);
    const zeros = few.map(() => [0, 0]);
    for (const data of [few, same, zeros]) {
      for (const count of [1, 10, 60]) {
        const chosen = await draw(data, count, { spherical });
        expect(chosen).toHaveLength(count);
        expect(new Set(chosen).size).toBe(count);
        for (const i of chosen) expect(data[i]).toBeDefined();
        if (count >= 3) expect(distinct(chosen.map((i) => data[i]!))).toBe(distinct(data));
      }
    }
  },
);

test('what is drawn where nothing is left to tell apart differs from seed to seed', async () => {
  const same = Array.from({ length: 50 }, () => [1, 2]);
  const seen = new Set<number>();
  for (let seed = 0; seed < 40; seed++) for (const i of await draw(same, 4, { seed })) seen.add(i);
  expect(seen.size).toBeGreaterThan(45);
});

test('points of weight 0 are drawn last', async () => {
  const data = blobs(40, 3, 22);
  const weights = data.map((_, i) => (i % 4 === 0 ? 1 : 0));
  const chosen = await draw(data, 14, { weights });
  expect(chosen.slice(0, 10).every((i) => weights[i] === 1)).toBe(true);
  expect(new Set(chosen).size).toBe(14);
  const same = await draw(
    data.map(() => [1, 1]),
    10,
    { weights },
  );
  expect(same.every((i) => weights[i] === 1)).toBe(true);
});

test('starts lower than random points, and equal seeds draw equal points', async () => {
  const data = blobs(600, 6, 23);
  const cost = (chosen: number[]) => {
    const centres = chosen.map((i) => data[i]!);
    return data.reduce((sum, point) => sum + least(point, centres), 0);
  };
  for (let seed = 0; seed < 3; seed++) {
    const chosen = await draw(data, 30, { seed });
    expect(await draw(data, 30, { seed })).toEqual(chosen);
    expect(cost(chosen)).toBeLessThan(0.9 * cost(Array.from(randomOrder(600, seed).slice(0, 30))));
  }
});

test('what breathe throws ends it', async () => {
  const data = blobs(100, 3, 24);
  for (const last of [0, 1, 5, 12]) {
    let breaths = 0;
    const breathe = async () => {
      if (breaths++ === last) throw new Error('enough');
    };
    await expect(draw(data, 40, { breathe })).rejects.toThrow('enough');
  }
});
