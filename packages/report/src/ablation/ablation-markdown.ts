import { comparisonCells, comparisonHeadings, figureText, readingNotes } from './ablation-cells-text.js';
import { type AblationReport, checkAblationReport } from './ablation-report.js';

/** Text that stays in its cell, and is no markup. */
const cellText = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').replace(/[\\|<>`*_~[\]&]/g, (character) => `\\${character}`);

/** A Markdown table whose columns are aligned in plain text too; the first `left` columns are texts, the others figures. */
function table(headings: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  const all = [headings, ...rows].map((row) => row.map(cellText));
  const widths = headings.map((_, i) => Math.max(3, ...all.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(all[0]!), line(rule), ...all.slice(1).map(line)].join('\n');
}

/**
 * What an ablation has found as Markdown: under each metric a table of conditions and one of raw figures, then the notes.
 *
 * @throws RangeError that says which row does not fit, and what is needed.
 *
 * @example
 * ```ts
 * console.log(ablationMarkdown(JSON.parse(await readFile('runs/sampler-ablation/ablation.json', 'utf8'))));
 * ```
 */
export function ablationMarkdown(report: AblationReport): string {
  checkAblationReport(report);
  const { title, subtitle, facts, factors, seeds, metrics, notes } = report;
  const sections = metrics.map((metric) => {
    const compared = metric.rows.map((row, i) => [...row.levels, ...comparisonCells(row, i, metric)]);
    const raw = metric.rows.map(({ levels, values }) => [
      ...levels,
      ...values.map((value) => figureText(value, metric)),
    ]);
    return [
      `## ${cellText(metric.name)}`,
      table([...factors, ...comparisonHeadings(metric)], compared, factors.length),
      table([...factors, ...seeds.map((seed) => `seed ${seed}`)], raw, factors.length),
    ].join('\n\n');
  });
  const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n');
  return `${[
    `# ${cellText(title)}`,
    ...(subtitle ? [cellText(subtitle)] : []),
    ...(facts.length > 0
      ? [list(facts.map(([label, value]) => `${cellText(label)}: ${cellText(String(value))}`))]
      : []),
    ...sections,
    list([...notes.map(cellText), ...readingNotes(report)]),
  ].join('\n\n')}\n`;
}
