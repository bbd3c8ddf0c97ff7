import { clusterBalance } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';
import { expect, test } from 'vitest';
import type { EpochRecord, StepRecord } from '../index.js';
import { type CollapseOptions, collapse } from './collapse.js';
import { featureStatistics } from './feature-statistics.js';
import type { Watch, Watched } from './monitor.js';

const step = (at: number, features?: Watched['features']): Watched => ({
  type: 'step',
  step: at,
  epoch: 0,
  loss: 1,
  parts: {},
  ...(features && { features }),
});
const epoch = (at: number, before: Record<string, number>): Watched => ({
  type: 'epoch',
  step: at,
  epoch: 1,
  loss: 1,
  parts: {},
  before,
});
const healthy = { spread: 0.6, rank: 12 };
const spreads = (watch: Watch, values: readonly number[]) =>
  values.map((spread, i) => watch(step(i, { ...healthy, spread })).map(({ figure }) => figure));

test('an alarm when a figure has been low for long enough, with all there is to say', () => {
  const watch = collapse({ spread: 0.1, patience: 2, action: 'stop' }).start();
  expect(watch(step(40, { spread: 0.03, rank: 12 }))).toEqual([]);
  const alarms = watch(step(50, { spread: 0.012345, rank: 12 }));
  expect(alarms).toEqual([{ figure: 'spread', value: 0.012345, limit: 0.1, message: expect.any(String), stop: true }]);
  expect(alarms[0]!.message).toMatch(
    /^Collapse: spread 0\.0123 is below 0\.1 since step 40: .*lower the learning rate/,
  );
});

test('steps without features count neither way, a figure at its limit is not low', () => {
  const watch = collapse({ rank: 2, patience: 2 }).start();
  expect(watch(step(0, { spread: 1, rank: 2 }))).toEqual([]);
  expect(watch(step(1, { spread: 1, rank: 1.9 }))).toEqual([]);
  for (let at = 2; at < 9; at++) expect(watch(step(at))).toEqual([]);
  const [alarm] = watch(step(9, { spread: 1, rank: 1.5 }));
  expect(alarm).toMatchObject({ figure: 'rank', value: 1.5, limit: 2, stop: false });
  expect(alarm!.message).toContain('since step 1:');
});

test('once, until it has recovered', () => {
  const watch = collapse({ spread: 0.1, patience: 2 }).start();
  const seen = spreads(watch, [0.05, 0.05, 0.05, 0.01, 0.5, 0.05, 0.2, 0.05, 0.05, 0.05]);
  expect(seen.map((figures) => figures.length)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
});

test('two figures at once are two alarms; each watch is of its own', () => {
  const monitor = collapse({ patience: 1 });
  const low = step(0, { spread: 0, rank: 0 });
  const first = monitor.start();
  expect(first(low).map(({ figure }) => figure)).toEqual(['spread', 'rank']);
  expect(first(low)).toEqual([]);
  expect(monitor.start()(low)).toHaveLength(2);
});

test('clusters are told of at the second time in a row, level by level, and only what are balances', () => {
  const watch = collapse({ balance: 0.3 }).start();
  expect(watch(epoch(93, { balance1: 0.8, balance2: 0.1, used1: 0.01, balanced: 0 }))).toEqual([]);
  const alarms = watch(epoch(186, { balance1: 0.2, balance2: 0.05 }));
  expect(alarms).toMatchObject([{ figure: 'balance2', value: 0.05, limit: 0.3 }]);
  expect(alarms[0]!.message).toMatch(/^Collapse: balance2 0\.05 is below 0\.3 since epoch 1: .*cluster later/);
  expect(watch(epoch(279, {}))).toEqual([]);
  expect(watch(epoch(372, { balance1: 0.25, balance2: 0.05 })).map(({ figure }) => figure)).toEqual(['balance1']);
  expect(watch(epoch(465, { balance1: 0.5, balance2: 0.5 }))).toEqual([]);
  expect(watch(epoch(558, { balance1: 0.5, balance2: 0.2 }))).toEqual([]);
  expect(watch(epoch(651, { balance1: 0.5, balance2: 0.2 }))).toHaveLength(1);
});

test('a limit of 0 watches nothing', () => {
  const watch = collapse({ spread: 0, rank: 0, balance: 0, patience: 1 }).start();
  expect(watch(step(0, { spread: 0, rank: 0 }))).toEqual([]);
  expect(watch(epoch(1, { balance1: 0 }))).toEqual([]);
});

test('in any series an alarm is a third low figure in a row, and the watch shown the first part again goes on as before', () => {
  const rng = createRng(8);
  for (let round = 0; round < 30; round++) {
    const values = Array.from({ length: 40 }, () => (rng.uniform() < 0.7 ? 0.01 : 0.5));
    const watch = collapse().start();
    const seen = spreads(watch, values).map((figures) => figures.length);
    const expected = values.map((_, i) => {
      const lowRun = values
        .slice(0, i + 1)
        .reverse()
        .findIndex((value) => value > 0.1);
      return Number((lowRun < 0 ? i + 1 : lowRun) === 3);
    });
    expect(seen).toEqual(expected);
    const again = collapse().start();
    const cut = rng.integer(40);
    spreads(again, values.slice(0, cut));
    expect(spreads(again, values.slice(cut)).map((figures) => figures.length)).toEqual(seen.slice(cut));
  }
});

test('the defaults: silent for features and clusters that differ, not for those that do not', () => {
  const rng = createRng(1);
  const features = (noise: number) => {
    const values = Float32Array.from({ length: 64 * 32 }, (_, i) => (i % 32 === 0 ? 1 : 0) + noise * rng.normal());
    return featureStatistics(values, [64, 32]);
  };
  const run = (noise: number, counts: number[]) => {
    const watch = collapse().start();
    const records = [0, 1, 2, 3].map((at) => step(at, features(noise)));
    const epochs = [4, 8].map((at) => epoch(at, { balance1: clusterBalance(counts) }));
    return [...records, ...epochs].flatMap((record) => [...watch(record)]);
  };
  expect(run(0.05, [9, 0, 3, 0, 1])).toEqual([]);
  expect(run(0.001, [120, 1, 0, 0, 0]).map(({ figure }) => figure)).toEqual(['spread', 'balance1']);
});

test('its options are all there for the run’s config, and bad ones are refused', () => {
  const options = { spread: 0.2, rank: 3, balance: 0.4, patience: 5, action: 'stop' } as const;
  expect(collapse(options)).toMatchObject({ name: 'collapse', options });
  const refused = (wrong: CollapseOptions, message: string | RegExp) => expect(() => collapse(wrong)).toThrow(message);
  refused({ spread: 1.5 }, 'Cannot watch for a spread below 1.5: give a number from 0 to 1');
  refused({ rank: -1 }, 'Cannot watch for a rank below -1: give a finite number of at least 0');
  refused({ rank: Number.POSITIVE_INFINITY }, /rank below Infinity/);
  refused({ balance: Number.NaN }, /balance below NaN/);
  refused({ patience: 0 }, 'Cannot wait for 0 records: give an integer of at least 1 as patience');
  refused({ patience: 1.5 }, /1\.5 records/);
  refused({ action: 'cry' as never }, "Cannot cry at a collapse: give 'warn' or 'stop' as action");
});

test('the records of a run’s log can be watched', () => {
  const watch = collapse().start();
  const records: (StepRecord | EpochRecord)[] = [];
  expect(records.flatMap((record) => [...watch(record)])).toEqual([]);
});
