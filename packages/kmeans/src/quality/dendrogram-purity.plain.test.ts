import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mean } from './assignments.fixture.js';
import { dendrogramPurity } from './dendrogram-purity.js';
import { purity } from './purity.js';
import { treePurity } from './tree-purity.js';

/** Pair by pair: the finest level at which both share a cluster, or else all points. */
function slowPurity(levels: readonly (readonly number[])[], labels: readonly number[]): number {
  const purities: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < i; j++) {
      if (labels[i] !== labels[j]) continue;
      const level = levels.find((ids) => ids[i] === ids[j]);
      const met = labels.filter((_, m) => !level || level[m] === level[i]);
      purities.push(met.filter((label) => label === labels[i]).length / met.length);
    }
  }
  return mean(purities);
}

/** Nested levels and labels: each level's ids are made from those below. */
const someTree = fc
  .record({
    points: fc.array(fc.tuple(fc.nat(7), fc.nat(3)), { minLength: 5, maxLength: 30 }),
    parents: fc.array(fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }), { maxLength: 3 }),
  })
  .map(({ points, parents }) => {
    const levels = [points.map(([id]) => id)];
    for (const above of parents) levels.push(levels.at(-1)!.map((id) => above[id]!));
    return { levels, labels: points.map(([, label]) => label) };
  });

test('dendrogram purity is the mean over all pairs of one class', () => {
  fc.assert(
    fc.property(someTree, ({ levels, labels }) => {
      const expected = slowPurity(levels, labels);
      expect(
        dendrogramPurity(
          levels.map((ids) => Int32Array.from(ids)),
          labels,
        ),
      ).toBeCloseTo(expected, 12);
      // A level told twice, or one of single points below, is no other tree; nor is a root that is there already.
      const single = labels.map((_, i) => i);
      const root = labels.map(() => 9);
      expect(dendrogramPurity([single, levels[0]!, ...levels, root], labels)).toBeCloseTo(expected, 12);
    }),
  );
});

test('1 if the tree keeps classes apart, the mean share of a class if there is no tree to speak of', () => {
  const labels = [5, 5, 5, 6, 6, 6];
  expect(
    dendrogramPurity(
      [
        [0, 0, 1, 2, 2, 3],
        [0, 0, 0, 1, 1, 1],
      ],
      labels,
    ),
  ).toBe(1);
  expect(dendrogramPurity([[0, 1, 2, 3, 4, 5]], labels)).toBe(0.5);
  expect(dendrogramPurity([[0, 0, 0, 0, 1, 1]], labels)).toBeCloseTo((3 * (3 / 4) + 1 + 2 * (3 / 6)) / 6, 12);
});

test('tree purity is the purity of each level, nested or not', () => {
  expect(
    treePurity(
      [
        [0, 0, 1, 1],
        [0, 0, 0, 0],
      ],
      [5, 5, 6, 6],
    ),
  ).toEqual([1, 0.5]);
  const levels = [
    [0, 0, 1, 1, 2],
    [0, 1, 1, 0, 0],
  ];
  const labels = [1, 2, 2, 1, 1];
  expect(treePurity(levels, labels)).toEqual(levels.map((level) => purity(level, labels)));
});

test('what is no tree with classes is refused', () => {
  const torn = [
    [0, 0, 0, 1, 1],
    [0, 1, 2, 1, 1],
  ];
  expect(() => dendrogramPurity(torn, [0, 0, 0, 0, 0])).toThrow(
    'Cannot see a tree in level 0, 1 of whose 2 clusters are torn at level 1: give levels that follow parents',
  );
  expect(() => dendrogramPurity([[0, 0]], [1, 2])).toThrow('give at least 2 points of one class');
  expect(() => dendrogramPurity([[0, 0]], [1])).toThrow('Cannot compare 2 points of level 0 with 1 of the labels');
  expect(() => dendrogramPurity([[0, 0], [0]], [1, 1])).toThrow('Cannot compare 2 points of level 0 with 1 of level 1');
  for (const figure of [dendrogramPurity, treePurity]) {
    expect(() => figure([], [1, 1])).toThrow('Cannot weigh a tree of 0 levels: give at least 1');
    expect(() => figure([[]], [])).toThrow(RangeError);
    expect(() => figure([[0, 0.5]], [1, 1])).toThrow('must be an integer, got 0.5');
  }
});
