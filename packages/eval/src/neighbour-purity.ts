import type { NearestNeighbours } from './find-nearest.js';
import { assertLabels } from './labelled-features.js';

/** How many neighbours are of their query's class. */
export interface NeighbourPurity {
  /** The share (0 to 1) of all neighbours of all queries. */
  readonly share: number;
  /** What candidates at random would have. */
  readonly chance: number;
}

/**
 * The share of neighbours that are of their query's class, and what candidates drawn at random would have.
 *
 * @param labels the candidates' N class numbers.
 * @param queryLabels the queries' M class numbers.
 * @throws RangeError if there are not as many labels as queries, a label is no class, or a neighbour has none.
 *
 * @example
 * ```ts
 * const found = await findNearest(trainFeatures, testFeatures, { k: 5 });
 * const { share, chance } = neighbourPurity(found, train.labels, test.labels);
 * ```
 */
export function neighbourPurity(
  { indices, k }: NearestNeighbours,
  labels: ArrayLike<number>,
  queryLabels: ArrayLike<number>,
): NeighbourPurity {
  assertLabels('query', queryLabels, indices.length / k);
  assertLabels('candidate', labels, labels.length);
  const outside = indices.find((index) => index >= labels.length);
  if (outside !== undefined) {
    throw new RangeError(
      `Cannot tell the class of candidate ${outside} with ${labels.length} labels: give one per row`,
    );
  }
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  let [same, chance] = [0, 0];
  for (let query = 0; query < queryLabels.length; query++) {
    const own = queryLabels[query]!;
    for (let j = query * k; j < (query + 1) * k; j++) if (labels[indices[j]!] === own) same++;
    chance += counts.get(own) ?? 0;
  }
  return { share: same / indices.length, chance: chance / (labels.length * queryLabels.length) };
}
