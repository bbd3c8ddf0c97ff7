import type { View, ViewPlan } from '@hcsc/data';
import type { ReportImage } from '@hcsc/report';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { reportImage } from './report-image.js';

/** How far beyond [0, 1] values may go and be cut off there; some ways to resample overshoot at edges. */
const MARGIN = 0.25;

/** The values before the view's normalisations, as far as these are known as plain data. */
function withoutNormalisation(values: Float32Array, { transforms }: View, channels: number): Float32Array {
  const restored = Float32Array.from(values);
  for (const { host } of transforms.toReversed()) {
    if (host?.step !== 'normalize') continue;
    const { mean, standardDeviation } = host;
    for (let i = 0; i < restored.length; i++) {
      const channel = i % channels;
      restored[i] = restored[i]! * (standardDeviation[channel] ?? standardDeviation[0]!) + (mean[channel] ?? mean[0]!);
    }
  }
  return restored;
}

/** What is shown as black and as white: 0 and 1, or the smallest and largest value where they are far from these. */
function rangeOf(values: Float32Array): readonly [black: number, white: number] {
  let [least, most] = [0, 1];
  if (values.some((value) => value < -MARGIN || value > 1 + MARGIN)) {
    const finite = values.filter(Number.isFinite);
    least = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    most = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  }
  return least < most ? [least, most] : [0, 1];
}

/**
 * What the tensors of a plan's views look like: for each image, its views in the plan's order.
 *
 * Normalisation by `normalize` is undone. Then 0 is black and 1 is white, and what is beyond is cut off; a view with values
 * far beyond (under −0.25 or over 1.25 in any of the images), as a transform of one's own may make them, is stretched so
 * that its smallest value is black and its largest white, the same for all images. NaN is black.
 *
 * @param tensors `[n, height, width, channels]` float32, one a view, as the plan's `apply` gives them; they are kept.
 */
export async function shownViews(plan: ViewPlan, tensors: readonly Tensor4D[]): Promise<ReportImage[][]> {
  const rows: ReportImage[][] = Array.from({ length: tensors[0]?.shape[0] ?? 0 }, () => []);
  for (const [which, tensor] of tensors.entries()) {
    const [, ...shape] = tensor.shape;
    const values = withoutNormalisation((await tensor.data()) as Float32Array, plan.views[which]!, shape[2]);
    const [black, white] = rangeOf(values);
    const bytes = Uint8ClampedArray.from(values, (value) => (255 * (value - black)) / (white - black));
    const size = shape[0] * shape[1] * shape[2];
    rows.forEach((row, image) => {
      row.push(reportImage(new Uint8Array(bytes.buffer, image * size, size), shape));
    });
  }
  return rows;
}
