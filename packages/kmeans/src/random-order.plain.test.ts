import { expect, test } from 'vitest';
import { randomOrder } from './random-order.js';

test('draws the order that faiss draws', () => {
  // faiss 1.7.3: rand_perm(perm, 12, 1235)
  expect([...randomOrder(12, 1235)]).toEqual([7, 8, 4, 3, 0, 6, 11, 5, 9, 10, 1, 2]);
});

test('holds every index once', () => {
  expect([...randomOrder(100, 3)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect([...randomOrder(1, 3)]).toEqual([0]);
});
