import { expect, test } from 'vitest';
import { runDifferences } from './run-identity.js';

const run = { seed: 1, method: { name: 'hcsc', clusters: [40, 10], queue: 128 }, settings: {} };

test('equal recipes have no differences, whatever the order of their keys', () => {
  expect(
    runDifferences(run, { settings: {}, method: { queue: 128, clusters: [40, 10], name: 'hcsc' }, seed: 1 }),
  ).toEqual([]);
  expect(runDifferences(run, { ...run, accumulate: undefined })).toEqual([]);
});

test('each value that differs is named by its path, with what it was and is', () => {
  const other = { seed: 2, method: { name: 'hcsc', clusters: [40, 12, 5], queue: 128 }, settings: { warmup: 0.5 } };
  expect(runDifferences(run, other)).toEqual([
    'seed was 1 and is 2',
    'method.clusters.1 was 10 and is 12',
    'method.clusters.2 was not there and is 5',
    'settings.warmup was not there and is 0.5',
  ]);
  expect(runDifferences({ a: 'x' }, { a: null })).toEqual(['a was "x" and is null']);
  expect(runDifferences({ a: { b: 1 } }, { a: 1 })).toEqual(['a.b was 1 and is not there', 'a was not there and is 1']);
});
