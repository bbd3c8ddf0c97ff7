import { isTracing } from '@hcsc/trace';
import { cast, logicalNot, stack, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isOwnPrototypes } from './eligible-candidates.js';
import type { NegativeRequest } from './negative-sampler.js';
import { aboveZero, idsBelow, living, unitRows, type ValueRule, zeroOrOne } from './value-rules.js';

/** Rules for rows, each tensor once. */
function unitRowsOnce() {
  const seen = new Set<Tensor>();
  return (name: string, rows: Tensor): ValueRule[] => {
    if (seen.has(rows)) return [];
    seen.add(rows);
    return [unitRows(name, rows)];
  };
}

function ownRules({ levels }: NegativeRequest, l: number): ValueRule[] {
  const { centroids, positives, alive } = levels[l]!;
  const name = `levels[${l}].positives`;
  return [
    idsBelow(name, positives, centroids.shape[0]),
    ...(alive ? [zeroOrOne(`levels[${l}].alive`, alive), living(name, positives, alive)] : []),
  ];
}

/** Rules for what the selection by prototypes depends on. */
export function selectionRules(request: NegativeRequest): ValueRule[] {
  const { candidates, levels } = request;
  const rowsOnce = unitRowsOnce();
  return levels.flatMap(({ centroids, concentration, parents }, l) => {
    const above = levels[l + 1]?.centroids.shape[0];
    return [
      ...rowsOnce(`candidates[${l}]`, candidates[l]!),
      ...rowsOnce(`levels[${l}].centroids`, centroids),
      aboveZero(`levels[${l}].concentration`, concentration),
      ...(parents && above ? [idsBelow(`levels[${l}].parents`, parents, above)] : []),
      ...ownRules(request, l),
    ];
  });
}

/** Rules for what the comparison of anchors with candidates depends on; `keys` and `phi` if those do too. */
export function comparisonRules(request: NegativeRequest, { keys, phi }: { keys: boolean; phi: boolean }): ValueRule[] {
  const { candidates, levels, anchors } = request;
  const rowsOnce = unitRowsOnce();
  return [
    ...rowsOnce('anchors', anchors!),
    ...(keys && request.keys ? rowsOnce('keys', request.keys) : []),
    ...levels.flatMap(({ concentration }, l) => [
      ...rowsOnce(`candidates[${l}]`, candidates[l]!),
      ...(isOwnPrototypes(request, l) ? ownRules(request, l) : []),
      ...(phi && isOwnPrototypes(request, l) ? [aboveZero(`levels[${l}].concentration`, concentration)] : []),
    ]),
  ];
}

/**
 * Refuses values that break a rule; one small download for all rules (NaN breaks every rule). While a compiler traces,
 * when nothing can be read, it does nothing.
 *
 * @throws RangeError that names the tensor, how many values break the rule, and the first of them.
 */
export function checkRequest(sampler: string, rules: readonly ValueRule[]): void {
  if (isTracing() || rules.length === 0) return;
  const broken = (rule: ValueRule) => cast(logicalNot(rule.holds(rule.measure())), 'float32');
  tidy(() => {
    const counts = stack(rules.map((rule) => sum(broken(rule)))).dataSync();
    const first = rules.find((_, i) => counts[i] !== 0);
    if (!first) return;
    const at = broken(first).dataSync().indexOf(1);
    const measured = first.measure();
    throw new RangeError(
      `Cannot sample negatives with ${sampler}: ${first.name} must be ${first.needed}, got ${measured.dataSync()[at]} ` +
        `at ${at} (${counts[rules.indexOf(first)]} of ${measured.size}). check: false in the request skips this test`,
    );
  });
}
