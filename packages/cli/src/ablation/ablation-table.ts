import { pairedComparison, sampleSummary } from '@hcsc/eval';
import type { AblationComparison, AblationMetricTable, AblationRow } from '@hcsc/report';
import type { AblationCell, AblationMetric } from '@hcsc/train';
import { type CellSummary, figureOf } from './cell-summary.js';

type Values = readonly (number | null)[];

function comparison(own: Values, base: Values): AblationComparison | null {
  const pairs = own.flatMap((value, i) => (value === null || base[i] === null ? [] : [[value, base[i]!] as const]));
  if (pairs.length === 0) return null;
  const { n, difference, interval, p, wins, ties } = pairedComparison(
    pairs.map(([value]) => value),
    pairs.map(([, other]) => other),
  );
  return { n, difference, interval, p, wins, ties };
}

/** The figures of an ablation's cells by metric and condition, each condition beside the one it is compared with. */
export function ablationTable(
  cells: readonly AblationCell[],
  summaries: ReadonlyMap<string, CellSummary>,
  metrics: readonly AblationMetric[],
): AblationMetricTable[] {
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  const conditions = [...new Map(cells.map((cell) => [cell.condition, cell])).values()];
  const places = new Map(conditions.map(({ condition }, i) => [condition, i]));
  return metrics.map((metric) => {
    const values = conditions.map(({ condition }) =>
      seeds.map((seed) => {
        const cell = cells.find((one) => one.condition === condition && one.seed === seed)!;
        const summary = summaries.get(cell.name);
        return summary ? figureOf(summary, metric) : null;
      }),
    );
    const rows = conditions.map(({ levels, baseline: of }, i): AblationRow => {
      const baseline = places.get(of)!;
      const measured = values[i]!.filter((value) => value !== null);
      const summary = measured.length > 0 ? sampleSummary(measured) : null;
      return {
        levels: Object.values(levels),
        values: values[i]!,
        mean: summary?.mean ?? null,
        standardDeviation: summary && summary.n > 1 ? summary.standardDeviation : null,
        baseline,
        comparison: baseline === i ? null : comparison(values[i]!, values[baseline]!),
      };
    });
    return { name: metric.name, format: metric.format ?? 'percent', rows };
  });
}
