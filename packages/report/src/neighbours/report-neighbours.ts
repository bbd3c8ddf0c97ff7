import { checkImage } from '../check-image.js';
import type { ReportImage } from '../prototype-tree.js';

/** An image by its position in its set; the `label` of its picture is its class. */
export interface NeighbourImage {
  readonly image: number;
  readonly picture: ReportImage;
}

/** One of the images nearest to another. */
export interface NearImage extends NeighbourImage {
  /** The cosine of its features and those of the image it is near to. */
  readonly similarity: number;
}

/** An image and those nearest to it under each feature. */
export interface NeighbourRow {
  readonly query: NeighbourImage;
  /** A list a feature, the nearest first. */
  readonly neighbours: readonly (readonly NearImage[])[];
}

/** How many neighbours the same queries have under both of two features. */
export interface SharedNeighbours {
  readonly features: readonly [first: string, second: string];
  /** Of the k of a query, on average. */
  readonly shared: number;
  /** Mean share of the neighbours under either that are neighbours under both. */
  readonly jaccard: number;
}

/** Nearest neighbours of some images, under one feature or side by side under several. */
export interface ReportNeighbours {
  /** What the features are called. */
  readonly features: readonly string[];
  /** Neighbours of each query under each feature. */
  readonly k: number;
  /** The set that the queries are of. */
  readonly queriesOf: string;
  /** Where neighbours were looked for: how many images of a set, and how many it has if not all of them. */
  readonly candidates: { readonly name: string; readonly count: number; readonly outOf?: number };
  readonly rows: readonly NeighbourRow[];
  /** Figures over more queries than are shown. */
  readonly figures?: {
    readonly queries: number;
    /** The share of neighbours that are of their query's class, one a feature, and what images at random would have. */
    readonly purity?: { readonly shares: readonly number[]; readonly chance: number };
    readonly shared?: readonly SharedNeighbours[];
  };
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;
const isShare = (value: number): boolean => value >= 0 && value <= 1;

function checkOne({ image, picture }: NeighbourImage, what: string): void {
  if (!isCount(image)) throw new RangeError(`${what} is image ${image}: give an integer of at least 0`);
  checkImage(picture, what);
}

function checkFigures({ features, k, figures }: ReportNeighbours): void {
  if (!figures) return;
  const { queries, purity, shared = [] } = figures;
  if (!isCount(queries)) throw new RangeError(`The figures are of ${queries} queries: give an integer of at least 0`);
  if (purity && purity.shares.length !== features.length) {
    throw new RangeError(`${purity.shares.length} purities were given for ${features.length} features: give one each`);
  }
  const shares = [...(purity ? [...purity.shares, purity.chance] : []), ...shared.map(({ jaccard }) => jaccard)];
  const beyond = shares.find((share) => !isShare(share));
  if (beyond !== undefined) throw new RangeError(`A share of neighbours is ${beyond}: give one between 0 and 1`);
  for (const { features: both, shared: count } of shared) {
    if (!(count >= 0 && count <= k)) {
      throw new RangeError(`${both.join(' and ')} share ${count} of ${k} neighbours: give 0 to ${k}`);
    }
  }
}

/** Refuses neighbours that cannot be shown honestly. */
export function checkReportNeighbours(neighbours: ReportNeighbours): void {
  const { features, k, candidates, rows } = neighbours;
  if (features.length === 0) throw new RangeError('Cannot show neighbours under no feature: give the name of one');
  if (!isCount(k) || k === 0) throw new RangeError(`Cannot show ${k} neighbours: give an integer of at least 1`);
  const { count, outOf = count } = candidates;
  if (!isCount(count) || !(outOf >= count)) {
    throw new RangeError(`Neighbours were looked for among ${count} of ${outOf} images: give at most all`);
  }
  rows.forEach(({ query, neighbours: lists }, row) => {
    checkOne(query, `The query of row ${row}`);
    if (lists.length !== features.length) {
      throw new RangeError(
        `Row ${row} has ${lists.length} lists of neighbours for ${features.length} features: give one each`,
      );
    }
    lists.forEach((list, feature) => {
      const where = `of row ${row} under "${features[feature]}"`;
      if (list.length > k) throw new RangeError(`There are ${list.length} neighbours ${where}: give at most ${k}`);
      list.forEach((near, i) => {
        checkOne(near, `Neighbour ${i} ${where}`);
        if (!Number.isFinite(near.similarity)) {
          throw new RangeError(`Neighbour ${i} ${where} has the similarity ${near.similarity}: it must be finite`);
        }
      });
    });
  });
  checkFigures(neighbours);
}
