import { cast, logicalNot, stack, sum, tidy } from '@tensorflow/tfjs-core';
import { isTracing } from './is-tracing.js';
import type { ValueRule } from './value-rules.js';

/**
 * Refuses values that break a rule; one small download for all rules together (NaN breaks every rule). While a compiler
 * traces, when nothing can be read, it does nothing.
 *
 * @throws RangeError that names the tensor, how many values break the rule, and the first of them.
 */
export function checkValues(loss: string, rules: readonly ValueRule[]): void {
  if (isTracing()) return;
  const broken = (rule: ValueRule) => cast(logicalNot(rule.holds(rule.measure())), 'float32');
  tidy(() => {
    const counts = stack(rules.map((rule) => sum(broken(rule)))).dataSync();
    const first = rules.find((_, i) => counts[i] !== 0);
    if (!first) return;
    const at = broken(first).dataSync().indexOf(1);
    const measured = first.measure();
    const total = measured.size;
    throw new RangeError(
      `Cannot compute ${loss}: ${first.name} must be ${first.needed}, got ${measured.dataSync()[at]} at ${at} ` +
        `(${counts[rules.indexOf(first)]} of ${total}). The option check: false skips this test`,
    );
  });
}
