import type { Factor } from './ablation.js';

/** The values of a factor with their labels, in order. */
export function factorLevels(factor: Factor): (readonly [label: string, value: unknown])[] {
  return Array.isArray(factor) ? factor.map((value) => [String(value), value] as const) : Object.entries(factor);
}
