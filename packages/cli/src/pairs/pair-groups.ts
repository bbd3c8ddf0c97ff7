import type { MinedPairs } from '@hcsc/samplers';

/** Some of the pairs, by their places in the list of all. */
export interface PairGroup {
  readonly title: string;
  readonly note: string;
  readonly places: readonly number[];
}

/** Places of all pairs, the least alike first. */
export function bySimilarity({ similarities }: MinedPairs): Uint32Array {
  return Uint32Array.from(similarities, (_, i) => i).sort((a, b) => similarities[a]! - similarities[b]! || a - b);
}

/** `count` places of `length`, evenly spread. */
export const spread = (length: number, count: number): number[] =>
  Array.from({ length: Math.min(length, count) }, (_, i) => Math.floor(((i + 0.5) * length) / Math.min(length, count)));

/**
 * Pairs to look at: the least alike, some over the whole range, the most alike; all of them if there are few.
 *
 * @param order What {@link bySimilarity} gives.
 */
export function pairGroups(order: Uint32Array, count: number): PairGroup[] {
  const places = (from: ArrayLike<number>) => Array.from(from);
  if (order.length === 0) return [];
  if (order.length <= 3 * count) {
    return [{ title: 'All pairs', note: 'The least alike first.', places: places(order) }];
  }
  return [
    {
      title: 'Least alike',
      note: 'What a higher lower threshold would lose first.',
      places: places(order.subarray(0, count)),
    },
    {
      title: 'Over the whole range',
      note: 'Evenly spread by rank: what most pairs are like.',
      places: spread(order.length, count).map((rank) => order[rank]!),
    },
    {
      title: 'Most alike',
      note: 'What a lower upper threshold would lose first.',
      places: places(order.subarray(order.length - count)),
    },
  ];
}

/** Pairs that make a share worth drawing. */
const LEAST_PAIRS = 20;
const MOST_GROUPS = 10;

/**
 * The share of pairs with one label in groups of as many pairs, from the least alike to the most; none of few pairs.
 *
 * @param order What {@link bySimilarity} gives.
 */
export function purityBySimilarity(
  { pairs, similarities }: MinedPairs,
  labels: ArrayLike<number>,
  order: Uint32Array,
): { similarity: number; share: number; pairs: number }[] {
  const groups = Math.min(MOST_GROUPS, Math.floor(order.length / LEAST_PAIRS));
  if (groups < 2) return [];
  return Array.from({ length: groups }, (_, group) => {
    const end = Math.floor(((group + 1) * order.length) / groups);
    const own = order.subarray(Math.floor((group * order.length) / groups), end);
    let [sum, pure] = [0, 0];
    for (const place of own) {
      sum += similarities[place]!;
      if (labels[pairs[2 * place]!] === labels[pairs[2 * place + 1]!]) pure++;
    }
    return { similarity: sum / own.length, share: pure / own.length, pairs: own.length };
  });
}

/** By class, the one that most of its pairs with others are with, and how many; of equal ones the first. */
export function commonOthers(
  { pairs }: MinedPairs,
  labels: ArrayLike<number>,
): Map<number, { label: number; pairs: number }> {
  const counts = new Map<number, Map<number, number>>();
  const count = (label: number, other: number) => {
    const own = counts.get(label) ?? new Map<number, number>();
    own.set(other, (own.get(other) ?? 0) + 1);
    counts.set(label, own);
  };
  for (let at = 0; at < pairs.length; at += 2) {
    const [first, second] = [labels[pairs[at]!]!, labels[pairs[at + 1]!]!];
    if (first === second) continue;
    count(first, second);
    count(second, first);
  }
  const most = (others: Map<number, number>) =>
    [...others].reduce((best, each) => (each[1] > best[1] || (each[1] === best[1] && each[0] < best[0]) ? each : best));
  return new Map(
    [...counts].map(([label, others]) => {
      const [other, shared] = most(others);
      return [label, { label: other, pairs: shared }];
    }),
  );
}
