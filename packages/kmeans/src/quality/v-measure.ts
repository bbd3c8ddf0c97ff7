import { requirePositive } from '../option-checks.js';
import { contingencyTable, sameClusters } from './contingency-table.js';
import { entropyOf, mutualInformation } from './mutual-information.js';

/** What {@link vMeasure} takes besides the points. */
export interface VMeasureOptions {
  /** Weight of completeness against homogeneity. Default 1: alike. */
  beta?: number;
}

/** How clusters fit classes, each figure from 0 to 1. */
export interface VMeasure {
  /** 1 if every cluster holds points of one class only. */
  readonly homogeneity: number;
  /** 1 if all points of a class are in one cluster. */
  readonly completeness: number;
  /** Their weighted harmonic mean. */
  readonly vMeasure: number;
}

/**
 * How pure clusters are (homogeneity), how whole they leave the classes (completeness), and the mean of both.
 *
 * h = I / H(classes), c = I / H(clusters), V = (1 + β) h c / (β h + c). A. Rosenberg, J. Hirschberg, "V-Measure", EMNLP 2007.
 * As in scikit-learn, a single class is homogeneous, a single cluster complete. With β = 1, V is
 * {@link normalizedMutualInformation}.
 *
 * @param assignments The cluster of each of N points, any integers.
 * @param labels The class of each, any integers.
 * @throws RangeError if lengths differ, there are no points, a cluster or class is no integer, or `beta` is not above 0.
 *
 * @example
 * ```ts
 * vMeasure([0, 1, 2, 2], [0, 0, 1, 1]); // { homogeneity: 1, completeness: 0.67, vMeasure: 0.8 }
 * ```
 */
export function vMeasure(
  assignments: ArrayLike<number>,
  labels: ArrayLike<number>,
  { beta = 1 }: VMeasureOptions = {},
): VMeasure {
  requirePositive('beta', beta);
  const table = contingencyTable(assignments, labels, ['the clusters', 'the labels']);
  if (sameClusters(table)) return { homogeneity: 1, completeness: 1, vMeasure: 1 };
  const information = mutualInformation(table);
  const share = (entropy: number) => (entropy === 0 ? 1 : Math.min(1, information / entropy));
  const homogeneity = share(entropyOf(table.columns, table.points));
  const completeness = share(entropyOf(table.rows, table.points));
  const sum = beta * homogeneity + completeness;
  return { homogeneity, completeness, vMeasure: sum === 0 ? 0 : ((1 + beta) * homogeneity * completeness) / sum };
}
