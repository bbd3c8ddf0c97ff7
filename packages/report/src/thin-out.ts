/** A point of a line, or `null` where the line is interrupted. */
export type LinePoint = readonly [x: number, y: number] | null;

/**
 * Thins a series to what a plot of `columns` columns can show: of every column its first, lowest, highest and last point,
 * so that no peak is lost. A series short enough is kept whole; a y that is not finite becomes a gap.
 */
export function thinOut(x: readonly number[], y: readonly number[], columns: number): LinePoint[] {
  const whole = x.length <= 4 * columns;
  const width = (x[x.length - 1]! - x[0]!) / columns;
  const kept: LinePoint[] = [];
  let column: number[] = [];
  let columnAt = 0;

  const flush = () => {
    if (column.length === 0) return;
    const low = column.reduce((a, b) => (y[b]! < y[a]! ? b : a));
    const high = column.reduce((a, b) => (y[b]! > y[a]! ? b : a));
    const chosen = new Set([column[0]!, low, high, column[column.length - 1]!]);
    for (const i of [...chosen].sort((a, b) => a - b)) kept.push([x[i]!, y[i]!]);
    column = [];
  };

  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i])) {
      flush();
      if (kept.length > 0 && kept[kept.length - 1] !== null) kept.push(null);
      continue;
    }
    const at = whole ? i : Math.min(columns - 1, Math.floor((x[i]! - x[0]!) / width));
    if (at !== columnAt) flush();
    columnAt = at;
    column.push(i);
  }
  flush();
  if (kept[kept.length - 1] === null) kept.pop();
  return kept;
}
