import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunInfo } from '@hcsc/train';

/** What a run has come to: figures by name, and which of them are shares. */
export interface RunFigures {
  /** Top-1 of the trained encoder, if the run was evaluated. */
  readonly knn: number | null;
  readonly linear: number | null;
  /** By metric, of a cell of an ablation. */
  readonly measured: Readonly<Record<string, number>>;
  /** The last epoch's mean, or the last step's if no epoch is at hand. */
  readonly loss: number | null;
  readonly validation: Readonly<Record<string, number>>;
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

async function trained(folder: string): Promise<Pick<RunFigures, 'knn' | 'linear' | 'measured'>> {
  try {
    const { knn, linear, figures } = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'));
    const measured = Object.entries((figures ?? {}) as Record<string, { value?: unknown } | null>)
      .map(([name, figure]) => [name, number(figure?.value)] as const)
      .filter((one): one is readonly [string, number] => one[1] !== null);
    return { knn: number(knn?.trained), linear: number(linear?.trained), measured: Object.fromEntries(measured) };
  } catch {
    return { knn: null, linear: null, measured: {} };
  }
}

/** The last figures of a run; null is what it has not, or not yet. */
export async function runsFigures({ folder, last: { step, epoch } }: RunInfo): Promise<RunFigures> {
  const validation = Object.entries(epoch?.validation ?? {}).filter(([, value]) => number(value) !== null);
  return {
    ...(await trained(folder)),
    loss: number(epoch?.loss) ?? number(step?.loss),
    validation: Object.fromEntries(validation),
  };
}
