import type { NearestNeighbours } from './find-nearest.js';

/** How far two features agree on the neighbours of the same queries. */
export interface NeighbourOverlap {
  /** How many of its k neighbours a query has under both, on average. */
  readonly shared: number;
  /** Mean over the queries of |A ∩ B| / |A ∪ B|, A and B their neighbours under each: 0 to 1. */
  readonly jaccard: number;
}

/**
 * How many neighbours two features have in common, for the same queries among the same candidates; their order does not matter.
 *
 * @throws RangeError if they are of unequal k or of unequal numbers of queries.
 *
 * @example
 * ```ts
 * const { shared, jaccard } = neighbourOverlap(underGlobal, underHypercolumn);
 * ```
 */
export function neighbourOverlap(a: NearestNeighbours, b: NearestNeighbours): NeighbourOverlap {
  const { k } = a;
  const queries = a.indices.length / k;
  if (b.k !== k || b.indices.length !== a.indices.length) {
    throw new RangeError(
      `Cannot compare ${k} neighbours of ${queries} queries with ${b.k} of ${b.indices.length / b.k}: give as many of the same queries`,
    );
  }
  let [shared, jaccard] = [0, 0];
  for (let start = 0; start < a.indices.length; start += k) {
    const first = new Set(a.indices.subarray(start, start + k));
    const both = b.indices.subarray(start, start + k).filter((index) => first.has(index)).length;
    shared += both;
    jaccard += both / (2 * k - both);
  }
  return { shared: shared / queries, jaccard: jaccard / queries };
}
