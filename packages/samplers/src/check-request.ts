import { isTracing } from '@hcsc/trace';
import {
  abs,
  cast,
  clipByValue,
  equal,
  gather,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { NegativeRequest } from './negative-sampler.js';

/** How far a row's length may be from 1. */
const UNIT_TOLERANCE = 1e-2;
const LARGEST_FLOAT32 = 3.4028234e38;

interface ValueRule {
  name: string;
  needed: string;
  measure(): Tensor;
  holds(measured: Tensor): Tensor;
}

const unitRows = (name: string, rows: Tensor): ValueRule => ({
  name: `the length of a row of ${name}`,
  needed: `1 ± ${UNIT_TOLERANCE}; L2-normalise the rows`,
  measure: () => sqrt(sum(square(rows), -1)),
  holds: (length) => lessEqual(abs(sub(length, 1)), UNIT_TOLERANCE),
});

const aboveZero = (name: string, values: Tensor): ValueRule => ({
  name,
  needed: 'a finite number above 0',
  measure: () => values,
  holds: (value) => logicalAnd(greater(value, 0), lessEqual(value, LARGEST_FLOAT32)),
});

const idsBelow = (name: string, ids: Tensor, count: number): ValueRule => ({
  name,
  needed: `an id from 0 to ${count - 1}`,
  measure: () => cast(ids, 'float32'),
  holds: (id) => logicalAnd(greaterEqual(id, 0), less(id, count)),
});

const zeroOrOne = (name: string, values: Tensor): ValueRule => ({
  name,
  needed: '0 or 1',
  measure: () => values,
  holds: (value) => logicalOr(equal(value, 0), equal(value, 1)),
});

/** Every id is of a prototype that is not dropped. */
const living = (name: string, ids: Tensor, alive: Tensor): ValueRule => ({
  name: `alive at ${name}`,
  needed: '1: a prototype that was dropped is nobody’s',
  measure: () => gather(alive, clipByValue(ids, 0, alive.size - 1)),
  holds: (value) => equal(value, 1),
});

function rulesOf({ candidates, levels }: NegativeRequest): ValueRule[] {
  const seen = new Set<Tensor>();
  const rowsOnce = (name: string, rows: Tensor) => {
    if (seen.has(rows)) return [];
    seen.add(rows);
    return [unitRows(name, rows)];
  };
  return levels.flatMap(({ centroids, concentration, parents, positives, alive }, l) => {
    const above = levels[l + 1]?.centroids.shape[0];
    return [
      ...rowsOnce(`candidates[${l}]`, candidates[l]!),
      ...rowsOnce(`levels[${l}].centroids`, centroids),
      aboveZero(`levels[${l}].concentration`, concentration),
      idsBelow(`levels[${l}].positives`, positives, centroids.shape[0]),
      ...(parents && above ? [idsBelow(`levels[${l}].parents`, parents, above)] : []),
      ...(alive ? [zeroOrOne(`levels[${l}].alive`, alive), living(`levels[${l}].positives`, positives, alive)] : []),
    ];
  });
}

/**
 * Refuses values that the similarities cannot be made of; one small download for all rules (NaN breaks every rule).
 * While a compiler traces, when nothing can be read, it does nothing.
 *
 * @throws RangeError that names the tensor, how many values break the rule, and the first of them.
 */
export function checkRequest(sampler: string, request: NegativeRequest): void {
  if (isTracing()) return;
  const broken = (rule: ValueRule) => cast(logicalNot(rule.holds(rule.measure())), 'float32');
  tidy(() => {
    const rules = rulesOf(request);
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
