import type { PointMatrix } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';

/** Unit rows around a few centres, some of them equal. */
export function clusteredRows(n: number, width = 6, seed = 2): PointMatrix {
  const rng = createRng(seed);
  const centres = Array.from({ length: 5 }, () => Array.from({ length: width }, () => rng.normal()));
  const rows = Array.from({ length: n }, (_, i) => {
    const row = centres[i % 5]!.map((value) => value + 0.25 * rng.normal());
    return row.map((value) => value / Math.hypot(...row));
  });
  for (let i = 11; i < n; i += 13) rows[i] = rows[i - 10]!;
  return { values: Float32Array.from(rows.flat()), width };
}

/** The cosine of two rows, in float64. */
export function slowCosine({ values, width }: PointMatrix, i: number, j: number): number {
  let [product, first, second] = [0, 0, 0];
  for (let d = 0; d < width; d++) {
    const a = values[i * width + d]!;
    const b = values[j * width + d]!;
    product += a * b;
    first += a * a;
    second += b * b;
  }
  return Math.min(product / Math.sqrt(first * second), 1);
}
