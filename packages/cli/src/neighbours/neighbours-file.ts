import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@hcsc/weights';
import type { FoundNeighbours } from './find-neighbours.js';

/** The file in a run folder that has the nearest neighbours of the report. */
export const NEIGHBOURS = 'neighbours.json';

/** Keeps with a run what was found by its method, which is gone when the command ends. */
export async function writeNeighbours(folder: string, found: FoundNeighbours): Promise<void> {
  await writeFileAtomically(join(folder, NEIGHBOURS), `${JSON.stringify(found)}\n`);
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The figures of kept neighbours; null if there are none, or none that can be read. */
export async function readNeighbourFigures(
  folder: string,
): Promise<Pick<FoundNeighbours, 'k' | 'features' | 'purity' | 'shared'> | null> {
  try {
    const { k, features, purity, shared } = JSON.parse(await readFile(join(folder, NEIGHBOURS), 'utf8'));
    const sound =
      isNumber(k) &&
      features.every((name: unknown) => typeof name === 'string') &&
      (purity === null || features.every((name: string) => isNumber(purity.shares[name]))) &&
      shared.every((one: FoundNeighbours['shared'][number]) => isNumber(one.shared) && one.features.length === 2);
    return sound ? { k, features, purity, shared } : null;
  } catch {
    return null;
  }
}

/** Figures in a line: `of the query's class: global 61.2 %, hypercolumn 64.0 %  global and hypercolumn share 2.1 of 5`. */
export function neighboursText({
  k,
  features,
  purity,
  shared,
}: Pick<FoundNeighbours, 'k' | 'features' | 'purity' | 'shared'>): string {
  const shares = features.map((name) => `${name} ${(100 * (purity?.shares[name] ?? 0)).toFixed(1)} %`);
  return [
    ...(purity ? [`of the query's class: ${shares.join(', ')}`] : [`under ${features.join(', ')}`]),
    ...shared.map(({ features: both, shared: count }) => `${both.join(' and ')} share ${count.toFixed(1)} of ${k}`),
  ].join('  ');
}
