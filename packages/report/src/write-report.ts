import { renderReport } from './render-report.js';
import type { ReportInput } from './report-input.js';
import { writePage } from './write-page.js';

/**
 * Renders a report (see {@link renderReport}) and writes it, whole or not at all: beside `path`, then renamed into place.
 *
 * @param path the file to write or replace; its folder must exist.
 * @throws RangeError on input that cannot be drawn, before anything is written; the system's error if the file cannot be.
 *
 * @example
 * ```ts
 * await writeReport('report.html', { title: 'HCSC', facts: [], results: { columns: [], rows: [] }, curves: [] });
 * ```
 */
export async function writeReport(path: string, input: ReportInput): Promise<void> {
  await writePage(path, renderReport(input));
}
