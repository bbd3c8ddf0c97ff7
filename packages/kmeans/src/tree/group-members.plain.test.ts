import { expect, test } from 'vitest';
import { mersenneTwister } from '../mersenne-twister.js';
import { groupMembers, membersOf } from './group-members.js';

test('groups are what a filter finds, empty ones too', () => {
  const draw = mersenneTwister(3);
  for (const [n, k] of [
    [0, 1],
    [1, 1],
    [7, 20],
    [200, 6],
  ] as const) {
    const groupOf = Int32Array.from({ length: n }, () => draw() % k);
    const groups = groupMembers(groupOf, k);
    for (let group = 0; group < k; group++) {
      const found = [...groupOf.keys()].filter((member) => groupOf[member] === group);
      expect([...membersOf(groups, group)]).toEqual(found);
    }
  }
});

test('an answer is the caller’s own', () => {
  const groups = groupMembers(Int32Array.of(0, 1, 0), 2);
  membersOf(groups, 0).fill(9);
  expect([...membersOf(groups, 0)]).toEqual([0, 2]);
});
