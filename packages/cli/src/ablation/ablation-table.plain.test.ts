import { ablationCells, defineAblation } from '@hcsc/train';
import { describe, expect, it } from 'vitest';
import { ablationNotes } from './ablation-notes.js';
import { ablationTable } from './ablation-table.js';
import type { CellState } from './cell-state.js';
import type { CellSummary } from './cell-summary.js';

const ablation = defineAblation({
  ...{ name: 'grid', seeds: [0, 1, 2], baseline: { sampler: 'all' } },
  factors: { sampler: ['all', 'both'], rate: [1, 2] },
  recipe: () => ({}) as never,
});
const cells = ablationCells(ablation);
const metric = { name: 'kNN', measure: async () => 0 };

const summary = (value: number, change: Partial<CellSummary> = {}, recipe: object = {}): CellSummary => ({
  ...{ cell: {}, seed: 0, backend: 'native', epochs: 1, seconds: 1, file: 'f', figures: { kNN: { value } } },
  identity: { recipe: { batchSize: 8, ...recipe }, initialWeights: 'w' },
  ...change,
});

/** Figures by condition, one a seed; NaN for none. */
const summaries = (figures: Readonly<Record<string, readonly number[]>>) =>
  new Map(
    cells.flatMap(({ name, condition, seed }) => {
      const value = figures[condition]?.[seed] ?? Number.NaN;
      return Number.isNaN(value) ? [] : [[name, summary(value)] as const];
    }),
  );

describe('the table', () => {
  it('compares each condition with the one that is like it but for the baseline’s factor, by seeds that both have', () => {
    const [table] = ablationTable(
      cells,
      summaries({
        'sampler=all,rate=1': [0.1, 0.2, 0.3],
        'sampler=all,rate=2': [0.5, Number.NaN, 0.7],
        'sampler=both,rate=1': [0.2, 0.4, 0.3],
        'sampler=both,rate=2': [0.4, 0.9, Number.NaN],
      }),
      [metric],
    );
    expect(table!.rows.map(({ levels, baseline }) => [...levels, baseline])).toEqual([
      ['all', '1', 0],
      ['all', '2', 1],
      ['both', '1', 0],
      ['both', '2', 1],
    ]);
    const [, second, third, fourth] = table!.rows;
    expect(second).toMatchObject({ values: [0.5, null, 0.7], mean: 0.6, comparison: null });
    // differences 0.1, 0.2 and 0: of the eight choices of signs, four are as far from 0 as 0.3
    expect(third!.comparison).toMatchObject({ n: 3, p: 0.5, wins: 2, ties: 1 });
    expect(third!.comparison!.difference).toBeCloseTo(0.1, 12);
    expect(fourth!.comparison).toMatchObject({ n: 1, interval: null, wins: 0, ties: 0 });
    expect(fourth!.comparison!.difference).toBeCloseTo(-0.1, 12);
    expect(fourth!.standardDeviation).toBeCloseTo(0.5 / Math.SQRT2, 12);
  });

  it('has rows without figures as well, and no figures that were measured otherwise', () => {
    const [table] = ablationTable(cells, summaries({ 'sampler=all,rate=1': [0.1] }), [metric]);
    expect(table!.rows[0]).toMatchObject({ mean: 0.1, standardDeviation: null });
    expect(table!.rows[3]).toMatchObject({ values: [null, null, null], mean: null, comparison: null });
    const others = ablationTable(cells, summaries({ 'sampler=all,rate=1': [0.1] }), [{ ...metric, options: { k: 1 } }]);
    expect(others[0]!.rows[0]!.mean).toBeNull();
  });
});

describe('the notes', () => {
  const all = new Map(cells.map(({ name }) => [name, summary(0.5)]));
  const done = (of: ReadonlyMap<string, CellSummary>) =>
    new Map([...of].map(([name, one]): [string, CellState] => [name, { state: 'finished', summary: one }]));

  it('are none if all is well', () => {
    expect(ablationNotes(cells, done(all), all, 'f')).toEqual([]);
  });

  it('tell what is missing, and why', () => {
    const some = new Map([...all].slice(3));
    const states = new Map<string, CellState>([
      ...done(some),
      [cells[0]!.name, { state: 'failed', message: 'The loss is NaN' }],
      [cells[1]!.name, { state: 'differs', differences: ['epochs was 1 and is 2'] }],
      [cells[2]!.name, { state: 'elsewhere' }],
    ]);
    expect(ablationNotes(cells, states, some, 'f')).toEqual([
      'Partial: 3 of 12 runs are not in.',
      'sampler=all,rate=1,seed=0 failed: The loss is NaN',
      'sampler=all,rate=2,seed=0 is left out, another recipe ran: epochs was 1 and is 2',
      'sampler=both,rate=1,seed=0 is being trained by another process.',
    ]);
  });

  it('tell what pairs do not have in common beside their factors, once', () => {
    const changed = new Map(all);
    for (const { name, condition } of cells) {
      const identity = { recipe: { batchSize: 8 }, initialWeights: 'other' };
      if (condition === 'sampler=both,rate=1') changed.set(name, summary(0.5, { identity }));
      if (condition === 'sampler=both,rate=2') changed.set(name, summary(0.5, {}, { batchSize: 16 }));
    }
    changed.set(cells[0]!.name, summary(0.5, { backend: 'wasm', file: 'g' }));
    const [first, second] = [cells[0]!.name, cells[2]!.name];
    const steps = new Map([...all, [first, summary(0.5, { steps: 300 })], [second, summary(0.5, { steps: 400 })]]);
    expect(ablationNotes(cells, done(steps), steps, 'f')).toEqual([
      'sampler=both,rate=1 and sampler=all,rate=1 are trained for 400 and 300 steps: with stepsPerEpoch they could be as many',
    ]);
    expect(ablationNotes(cells, done(changed), changed, 'f')).toEqual([
      'The runs are of different backends: wasm, native.',
      expect.stringMatching(/^The ablation’s file has changed since 1 of the runs\. /),
      'sampler=both,rate=1 and sampler=all,rate=1 begin with other weights at equal seeds',
      'sampler=both,rate=2 and sampler=all,rate=2 are trained on other batches or views: batchSize was 8 and is 16',
    ]);
  });
});
