import { checkImage } from './check-image.js';
import type { ReportImage } from './prototype-tree.js';

/** An image and what the network is shown of it. */
export interface ViewRow {
  /** The image as it is stored. */
  readonly original: ReportImage;
  /** Its views, in the order of the plan that made them; their sizes may differ. */
  readonly views: readonly ReportImage[];
}

/** Throws a RangeError unless every row has as many views as the first, at least one, and pixels that fit their sizes. */
export function checkViewRows(rows: readonly ViewRow[]): void {
  const columns = rows[0]?.views.length;
  rows.forEach(({ original, views }, row) => {
    if (views.length === 0) throw new RangeError(`Row ${row} has no views: give at least one`);
    if (views.length !== columns) {
      throw new RangeError(`Row ${row} has ${views.length} views, row 0 has ${columns}: give as many in each`);
    }
    checkImage(original, `The original of row ${row}`);
    views.forEach((view, i) => {
      checkImage(view, `View ${i + 1} of row ${row}`);
    });
  });
}
