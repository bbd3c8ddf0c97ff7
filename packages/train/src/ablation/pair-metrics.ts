import { pairStatistics } from '@hcsc/samplers';
import type { AblationMetric } from './ablation.js';

/**
 * The share of a run's semantic positive pairs with one class, as a metric; none of a run without pairs or labels.
 *
 * @example
 * ```ts
 * const [linear, purity] = [linearTop1(), pairPurity()];
 * const ablation = defineAblation({ ...grid, metrics: [linear, purity], gains: [{ of: linear, by: purity }] });
 * ```
 */
export function pairPurity(): AblationMetric {
  return {
    name: 'pair purity',
    format: 'percent',
    options: {},
    measure: async (_train, _test, { pairs, labels }) =>
      pairs && labels ? pairStatistics(pairs, { labels }).purity : null,
  };
}

/**
 * How many semantic positive pairs a run was trained on, as a metric; none of a run without.
 *
 * @example
 * ```ts
 * const metrics = [knnTop1(), pairCount(), pairPurity()];
 * ```
 */
export function pairCount(): AblationMetric {
  return {
    name: 'pairs',
    format: 'number',
    options: {},
    measure: async (_train, _test, { pairs }) => (pairs ? pairs.similarities.length : null),
  };
}
