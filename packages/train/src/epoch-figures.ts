import { clusterBalance } from '@hcsc/kmeans';
import { memory } from '@tensorflow/tfjs-core';
import type { BestEpoch } from './checkpoint.js';
import type { CheckpointRule } from './checkpoint-folder.js';
import type { EpochRecord } from './log-record.js';
import type { Method } from './method.js';

const MEBIBYTE = 2 ** 20;

/** What the process takes. */
export const memoryFigures = (): EpochRecord['memory'] => ({
  resident: Math.round(process.memoryUsage.rss() / MEBIBYTE),
  tensors: memory().numTensors,
});

/**
 * The epoch as the best one, if it is; null if it is not, or has not the figure.
 *
 * A loss of other parts, such as that of a method that clusters from now on, is another measure: it is compared with no earlier one.
 */
export function betterEpoch(
  { loss, parts, before, validation, step }: EpochRecord,
  best: BestEpoch | null,
  { figure, order }: NonNullable<CheckpointRule['best']> = { figure: 'loss', order: 'lowest' },
): BestEpoch | null {
  const value = { loss, ...before, ...parts, ...validation }[figure];
  if (value === undefined || !Number.isFinite(value)) return null;
  const own = { figure, value, step, ...(figure === 'loss' && { parts: Object.keys(parts).sort() }) };
  const comparable = best?.figure === figure && String(best.parts) === String(own.parts);
  const sign = order === 'lowest' ? 1 : -1;
  return comparable && sign * value >= sign * best.value ? null : own;
}

/** How evenly the images are spread over each level's prototypes. */
export async function balances({ hierarchy }: Method): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [l, { counts }] of (hierarchy?.levels ?? []).entries()) {
    figures[`balance${l + 1}`] = clusterBalance(await counts.data());
  }
  return figures;
}

/** Of what was measured before an epoch, the figures of {@link balances}. */
export const balanceOf = (before: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(before).filter(([name]) => /^balance\d+$/.test(name)));
