import { writePage } from '../write-page.js';
import type { PairsReport } from './pairs-report.js';
import { renderPairs } from './render-pairs.js';

/**
 * Renders a page of mined pairs (see {@link renderPairs}) and writes it, whole or not at all.
 *
 * @param path the file to write or replace; its folder must exist.
 * @throws RangeError on input that cannot be drawn, before anything is written; the system's error if the file cannot be.
 *
 * @example
 * ```ts
 * await writePairs('pairs.html', { title: 'Pairs', facts: [], pairs: 0, duplicates: 0, thresholds: null, samples: [] });
 * ```
 */
export async function writePairs(path: string, report: PairsReport): Promise<void> {
  await writePage(path, renderPairs(report));
}
