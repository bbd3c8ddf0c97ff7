import { createRng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import { expect, test } from 'vitest';
import { bySimilarity, commonOthers, pairGroups, purityBySimilarity, spread } from './pair-groups.js';

const rng = createRng(3);
const labels = Array.from({ length: 40 }, () => rng.integer(4));

function minedOf(count: number): MinedPairs {
  const pairs = Int32Array.from({ length: 2 * count }, (_, at) =>
    at % 2 === 0 ? rng.integer(20) : 20 + rng.integer(20),
  );
  const similarities = Float32Array.from({ length: count }, () => Math.round(rng.uniform() * 50) / 50);
  return { images: 40, pairs, similarities, duplicates: new Int32Array(0) };
}

test('pairs in the order of their similarity, equal ones in theirs', () => {
  const mined = minedOf(200);
  const slowly = Array.from(mined.similarities, (similarity, i) => ({ similarity, i }));
  slowly.sort((a, b) => a.similarity - b.similarity); // is stable
  expect([...bySimilarity(mined)]).toEqual(slowly.map(({ i }) => i));
});

test('groups are the ends and some of all between, or all of few', () => {
  const order = Uint32Array.from({ length: 100 }, (_, i) => 99 - i);
  const [least, whole, most] = pairGroups(order, 4);
  expect([least, whole, most].map((group) => group!.places)).toEqual([
    [99, 98, 97, 96],
    [87, 62, 37, 12],
    [3, 2, 1, 0],
  ]);
  expect(pairGroups(order.subarray(0, 12), 4).map(({ title, places }) => [title, places.length])).toEqual([
    ['All pairs', 12],
  ]);
  expect(pairGroups(order.subarray(0, 13), 4)).toHaveLength(3);
  expect(pairGroups(new Uint32Array(0), 4)).toEqual([]);
  expect(spread(3, 10)).toEqual([0, 1, 2]);
});

test('the purity of groups of as many pairs, one after another', () => {
  const mined = minedOf(107);
  const order = bySimilarity(mined);
  const found = purityBySimilarity(mined, labels, order);
  expect(found.map(({ pairs }) => pairs)).toEqual([21, 21, 22, 21, 22]);
  let start = 0;
  for (const { similarity, share, pairs } of found) {
    const own = [...order].slice(start, start + pairs);
    start += pairs;
    const pure = own.filter((place) => labels[mined.pairs[2 * place]!] === labels[mined.pairs[2 * place + 1]!]);
    expect(share).toBeCloseTo(pure.length / pairs, 12);
    expect(similarity).toBeCloseTo(own.reduce((sum, place) => sum + mined.similarities[place]!, 0) / pairs, 12);
  }
  const few = minedOf(39);
  expect(purityBySimilarity(few, labels, bySimilarity(few))).toEqual([]);
});

test('the class that most pairs with others are with', () => {
  const mined = minedOf(300);
  const found = commonOthers(mined, labels);
  for (let label = 0; label < 4; label++) {
    const counts = [0, 0, 0, 0];
    for (let at = 0; at < 300; at++) {
      const [a, b] = [labels[mined.pairs[2 * at]!]!, labels[mined.pairs[2 * at + 1]!]!];
      if (a !== b && (a === label || b === label)) counts[a === label ? b : a]!++;
    }
    const most = Math.max(...counts);
    expect(found.get(label)).toEqual({ label: counts.indexOf(most), pairs: most });
  }
  const pure = { ...mined, pairs: Int32Array.of(0, 1), similarities: Float32Array.of(1) };
  expect(commonOthers(pure, new Array(40).fill(2)).size).toBe(0);
});
