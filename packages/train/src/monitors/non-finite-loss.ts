/**
 * Says that a loss is not finite, and which of its parts are not; null if it is finite.
 *
 * @param parts The figures beside the loss, some of which it may be the sum of.
 *
 * @example
 * ```ts
 * nonFiniteLoss(121, Number.NaN, { icsc: Number.NaN, pcsc: 2.3 });
 * // The loss is NaN at step 121: icsc is NaN (pcsc 2.3)
 * ```
 */
export function nonFiniteLoss(step: number, loss: number, parts: Readonly<Record<string, number>>): string | null {
  if (Number.isFinite(loss)) return null;
  const entries = Object.entries(parts);
  const wrong = entries.filter(([, value]) => !Number.isFinite(value)).map(([name, value]) => `${name} is ${value}`);
  const rest = entries
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`);
  const culprits = wrong.length > 0 ? `: ${wrong.join(', ')}` : '';
  return `The loss is ${loss} at step ${step}${culprits}${rest.length > 0 ? ` (${rest.join(', ')})` : ''}`;
}
