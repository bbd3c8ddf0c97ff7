import { describe, expect, expectTypeOf, it } from 'vitest';
import { sgd } from '../sgd.js';
import { type Ablation, assertAblation, defineAblation } from './ablation.js';
import { ablationCells } from './ablation-cells.js';
import { cellRecipe, cellValues } from './cell-recipe.js';
import { describeValue } from './describe-value.js';

const recipe = {
  ...{ name: 'base', seed: 9, epochs: 3, batchSize: 4 },
  data: { name: 'none', train: () => Promise.reject(new Error('not read')) },
  views: { views: [] },
  method: () => ({}),
  optimizer: sgd({ learningRate: 0.1 }),
  schedule: { name: 'constant', learningRate: () => 1 },
  settings: { queue: 8 },
} as never;

const samplers = { all: { keep: 1 }, half: { keep: 0.5 } };
const grid = {
  name: 'grid',
  factors: { sampler: samplers, temperature: [0.1, 0.2, 1] },
  seeds: [0, 3],
  baseline: { sampler: 'all' },
  recipe: () => recipe,
} satisfies Ablation;

describe('the values that a recipe is given', () => {
  it('have the types of the factors, and the baseline has their labels', () => {
    const seen: unknown[] = [];
    const ablation = defineAblation({
      ...{ name: 'typed', seeds: [0] },
      factors: { sampler: { all: { keep: 1 }, none: null }, temperature: [0.1, 0.2], symmetric: [true, false] },
      baseline: { temperature: 0.2 },
      recipe: (values) => {
        expectTypeOf(values.sampler).toEqualTypeOf<{ readonly keep: 1 } | null>();
        expectTypeOf(values.temperature).toEqualTypeOf<0.1 | 0.2>();
        expectTypeOf(values.symmetric).toEqualTypeOf<boolean>();
        // @ts-expect-error: there is no such factor
        values.queue;
        seen.push(values);
        return recipe;
      },
    });
    expectTypeOf(ablation.baseline.sampler).toEqualTypeOf<'all' | 'none' | undefined>();
    for (const cell of ablationCells(ablation)) cellRecipe(ablation, cell);
    expect(seen).toHaveLength(8);
    expect(seen[1]).toEqual({ sampler: { keep: 1 }, temperature: 0.1, symmetric: false });
    expect((seen[0] as { sampler: unknown }).sampler).toBe(ablation.factors.sampler.all);
  });
});

describe('cells', () => {
  it('are all combinations, seed by seed, each with the one it is compared with', () => {
    const cells = ablationCells(grid);
    expect(cells.map(({ name }) => name)).toEqual(
      [0, 3].flatMap((seed) =>
        ['all', 'half'].flatMap((sampler) =>
          ['0.1', '0.2', '1'].map((temperature) => `sampler=${sampler},temperature=${temperature},seed=${seed}`),
        ),
      ),
    );
    expect(cells[5]).toEqual({
      name: 'sampler=half,temperature=1,seed=0',
      condition: 'sampler=half,temperature=1',
      levels: { sampler: 'half', temperature: '1' },
      baseline: 'sampler=all,temperature=1',
      seed: 0,
    });
    expect(cellValues(grid, cells[5]!)).toEqual({ sampler: samplers.half, temperature: 1 });
  });

  it('are those asked for, in the order of the grid', () => {
    const only = { sampler: ['half', 'all'], temperature: ['1'] };
    expect(ablationCells(grid, { seeds: [7], only }).map(({ name }) => name)).toEqual([
      'sampler=all,temperature=1,seed=7',
      'sampler=half,temperature=1,seed=7',
    ]);
  });

  it.each([
    [{ only: { samplers: ['all'] } }, 'Cannot choose samplers: grid has the factors sampler, temperature'],
    [
      { only: { constructor: ['all'] } as never },
      'Cannot choose constructor: grid has the factors sampler, temperature',
    ],
    [{ only: { sampler: ['al'] } }, 'Cannot choose sampler al: grid has all, half'],
    [{ seeds: [] }, 'The ablation grid has no seeds: give at least one'],
    [{ seeds: [1.5] }, 'The ablation grid has the seed 1.5: give integers of at least 0'],
    [{ seeds: [1, 1] }, 'The ablation grid has the seeds 1, 1: give each once'],
  ])('%j is refused', (options, message) => {
    expect(() => ablationCells(grid, options)).toThrow(RangeError);
    expect(() => ablationCells(grid, options)).toThrow(message);
  });

  it('may have factors named as what every object has', () => {
    const odd = defineAblation({ ...grid, factors: { constructor: [1, 2] }, baseline: { constructor: 1 } } as never);
    expect(ablationCells(odd, { seeds: [0] }).map(({ name }) => name)).toEqual([
      'constructor=1,seed=0',
      'constructor=2,seed=0',
    ]);
  });

  it('run the recipe of their values under their own names and seeds, with settings for all', () => {
    const cell = ablationCells(grid)[7]!;
    const { name, seed, epochs, settings } = cellRecipe(grid, cell, { epochs: '2', queue: '16' });
    expect({ name, seed, epochs, settings }).toEqual({ name: cell.name, seed: 3, epochs: 2, settings: { queue: 16 } });
    expect(() => cellRecipe(grid, cell, { temperature: '1' })).toThrow(
      'Cannot set temperature for all cells: it is a fa',
    );
    expect(() => cellRecipe(grid, cell, { seed: '1' })).toThrow(
      'Cannot set seed for all cells of grid: each has its own',
    );
    expect(() => cellRecipe(grid, cell, { queues: '1' })).toThrow(
      'Cannot set queues: the recipe has accumulate, batchSize',
    );
    expect(() => cellRecipe({ ...grid, recipe: () => ({}) as never }, cell)).toThrow(
      'grid gives no recipe for sampler=all,temperature=0.2: it must return defineRecipe({ ... }) with name (string), seed',
    );
    const broken = {
      ...grid,
      recipe: (): never => {
        throw new TypeError('no such encoder');
      },
    };
    expect(() => cellRecipe(broken, cell)).toThrow(
      'grid gives no recipe for sampler=all,temperature=0.2: no such encoder',
    );
  });
});

describe('a grid that cannot be run or compared', () => {
  const metric = { name: 'kNN', measure: async () => 0 };
  it.each<[string, object, string]>([
    ['no factor', { factors: {}, baseline: {} }, 'has no factors: give what is to be varied'],
    [
      'a factor of one value',
      { factors: { sampler: { all: 1 } } },
      'factor sampler has the values all, give two or more',
    ],
    ['a factor without values', { factors: { sampler: [] } }, 'factor sampler has the values none, give two or more'],
    [
      'a factor that is none',
      { factors: { sampler: 3 } },
      'factor sampler must be values by label or a list of plain va',
    ],
    ['values twice', { factors: { t: [1, 2, 1] } }, 'factor t has the value 1 twice: give each a name of its own'],
    ['labels that are one folder', { factors: { s: { all: 1, All: 2 } } }, 'factor s has the value All twice'],
    [
      'factors that are one',
      { factors: { s: [1, 2], S: [1, 2] } },
      'has the factor S twice: give each a name of its own',
    ],
    [
      'a label that names no folder',
      { factors: { s: { 'a/b': 1, c: 2 } } },
      "cannot name a folder after the value of s 'a/b'",
    ],
    ['a factor that names no folder', { factors: { '': [1, 2] } }, "cannot name a folder after the factor ''"],
    [
      'a name that names no folder',
      { name: '../x' },
      "cannot name a folder after the ablation's name '../x': give one of",
    ],
    ['a name that is the folder of runs', { name: '.' }, "cannot name a folder after the ablation's name '.'"],
    ['a name that is the folder above', { name: '..' }, "cannot name a folder after the ablation's name '..'"],
    ['a factor seed', { factors: { seed: [1, 2] } }, 'has a factor named seed: give seeds, which every cell has'],
    [
      'no baseline at all',
      { baseline: undefined },
      'has no baseline to compare with: give a value of one or more of sampler, temperature',
    ],
    [
      'no baseline',
      { baseline: {} },
      'has no baseline to compare with: give a value of one or more of sampler, temperature',
    ],
    [
      'an unknown factor as baseline',
      { baseline: { queue: 1 } },
      'the baseline is for queue, which is no factor: there are s',
    ],
    [
      'an unknown baseline',
      { baseline: { sampler: 'none' } },
      'the baseline sampler none is not in the grid: there are all',
    ],
    ['no seeds', { seeds: [] }, 'has no seeds: give at least one'],
    ['a negative seed', { seeds: [-1] }, 'has the seed -1: give integers of at least 0'],
    ['seeds twice', { seeds: [0, 1, 0] }, 'has the seeds 0, 1, 0: give each once'],
    ['no metrics', { metrics: [] }, 'has no metrics: give at least one, or leave them out for kNN and linear top-1'],
    ['equal metrics', { metrics: [metric, metric] }, 'has the metric kNN twice: give each a name of its own'],
    [
      'a gain of no metric',
      { metrics: [metric], gains: [{ of: metric, by: { ...metric, name: 'purity' } }] },
      'has a gain with purity, which is none of its metrics: there are kNN',
    ],
    [
      'a gain of nothing',
      { metrics: [metric], gains: [{ of: metric }] },
      'has a gain with no metric, which is none of',
    ],
    [
      'a gain without metrics',
      { gains: [{ of: metric, by: metric }] },
      'has a gain with kNN, which is none of its metrics: there are none',
    ],
    ['a gain by itself', { metrics: [metric], gains: [{ of: metric, by: metric }] }, 'has the gain of kNN by itself'],
    [
      'a metric that is none',
      { metrics: ['knn'] },
      'a metric must have name (string) and measure (function), as knnTop1()',
    ],
  ])('%s', (_, change, message) => {
    expect(() => defineAblation({ ...grid, ...change } as Ablation)).toThrow(message);
    expect(() => assertAblation({ ...grid, ...change }, 'grid.ts')).toThrow('grid.ts');
  });

  it('is no ablation at all', () => {
    for (const value of [undefined, null, 7, {}, recipe]) {
      expect(() => assertAblation(value, 'grid.ts')).toThrow(TypeError);
    }
    expect(() => assertAblation({ ...grid, factors: null }, 'grid.ts')).toThrow(
      'grid.ts is no ablation: it must `export default defineAblation({ ... })` with factors (object)',
    );
    expect(() => assertAblation(grid, 'grid.ts')).not.toThrow();
  });
});

it('parts are described by what can be told of them', () => {
  class Part {
    name = 'mine';
  }
  const named = { keep: 0.5, draw: () => 1, list: [1, Number.NaN, null], deep: new Part(), bytes: new Uint8Array(2) };
  expect(describeValue(named)).toEqual({
    ...{ keep: 0.5, draw: 'function draw', list: [1, 'NaN', null], deep: 'Part mine', bytes: 'Uint8Array' },
  });
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(JSON.stringify(describeValue(circle))).toContain('"…"');
});
