import { checkImage } from './check-image.js';
import { checkReportNeighbours } from './neighbours/report-neighbours.js';
import { checkReportPairs } from './pairs/pairs-section.js';
import type { PrototypeNode } from './prototype-tree.js';
import type { Curve, ReportInput, ReportViews, Results } from './report-input.js';
import { checkViewRows } from './view-row.js';

function checkResults({ columns, rows, format = 'percent' }: Results): void {
  for (const { name, values } of rows) {
    if (values.length !== columns.length) {
      throw new RangeError(
        `Result "${name}" has ${values.length} values for ${columns.length} columns: give one a column, NaN where there is none`,
      );
    }
    const beyond = values.find((value) => value < 0 || value > 1);
    if (format === 'percent' && beyond !== undefined) {
      throw new RangeError(
        `Result "${name}" is ${beyond}, but per cent are made of shares between 0 and 1: give those, or format: 'number'`,
      );
    }
  }
}

function checkCurve({ title, series, marks = [], yRange }: Curve): void {
  if (yRange && !(Number.isFinite(yRange[0]) && Number.isFinite(yRange[1]) && yRange[0] < yRange[1])) {
    throw new RangeError(
      `The y axis of curve "${title}" goes from ${yRange[0]} to ${yRange[1]}: give a range that rises`,
    );
  }
  for (const { name, x, y } of series) {
    const where = `Series "${name}" of curve "${title}"`;
    if (x.length !== y.length)
      throw new RangeError(`${where} has ${x.length} x for ${y.length} y: give as many of both`);
    x.forEach((value, i) => {
      if (!Number.isFinite(value)) throw new RangeError(`${where} has x = ${value} at ${i}: every x must be finite`);
      if (value < x[i - 1]!) throw new RangeError(`${where} has x = ${value} after ${x[i - 1]}: x must ascend`);
    });
  }
  const odd = marks.find(({ x }) => !Number.isFinite(x));
  if (odd) throw new RangeError(`Mark "${odd.label}" of curve "${title}" stands at x = ${odd.x}: it must be finite`);
}

function checkViews(views: ReportViews): void {
  checkViewRows(views.rows);
  const count = views.rows[0]?.views.length;
  if (views.labels && count !== undefined && views.labels.length !== count) {
    throw new RangeError(`${views.labels.length} labels were given for ${count} views: give one a view`);
  }
}

function checkNode({ level, id, count, images, labels, children }: PrototypeNode): void {
  const where = `prototype ${id} of level ${level}`;
  if (!(count >= 0)) throw new RangeError(`The count of ${where} is ${count}: give 0 or more`);
  images.forEach((image, i) => {
    checkImage(image, `Image ${i} of ${where}`);
  });
  for (const [name, images] of Object.entries(labels ?? {})) {
    if (!(images >= 0 && Number.isFinite(images))) {
      throw new RangeError(`Class "${name}" of ${where} counts ${images} images: give 0 or more`);
    }
  }
  children.forEach(checkNode);
}

/** Refuses what cannot be drawn honestly: values that do not fit their columns, x without y, pixels that do not fit an image. */
export function checkReportInput({ title, results, curves, views, pairs, neighbours, tree }: ReportInput): void {
  if (title.trim() === '') throw new RangeError('A report needs a title, got an empty one');
  checkResults(results);
  curves.forEach(checkCurve);
  if (views) checkViews(views);
  if (pairs) checkReportPairs(pairs);
  if (neighbours) checkReportNeighbours(neighbours);
  tree?.roots.forEach(checkNode);
}
