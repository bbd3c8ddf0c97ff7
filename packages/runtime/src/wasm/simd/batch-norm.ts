import { mapColumns, sumOverRows } from './over-columns.js';

/** The passes of batch normalisation over a matrix of pixels and channels. */
export const batchNormFunctions = {
  /** Σ x */
  sums: sumOverRows(['x'], [], { sum: ({ x }) => x }),
  /** Σ (x − mean)² */
  squares: sumOverRows(['x'], ['mean'], {
    sum: ({ x, mean }, { sub, mul }) => mul(sub(x, mean), sub(x, mean)),
  }),
  /** (x − mean) · factor + offset */
  normalise: mapColumns(['x'], ['mean', 'factor', 'offset'], ({ x, mean, factor, offset }, { add, sub, mul }) =>
    add(mul(sub(x, mean), factor), offset),
  ),
  /** Σ dy and Σ dy · (x − mean) */
  gradientSums: sumOverRows(['dy', 'x'], ['mean'], {
    sum: ({ dy }) => dy,
    product: ({ dy, x, mean }, { sub, mul }) => mul(dy, sub(x, mean)),
  }),
  /** dy · factor + (x − mean) · slope + offset */
  normaliseGradient: mapColumns(
    ['dy', 'x'],
    ['mean', 'factor', 'slope', 'offset'],
    ({ dy, x, mean, factor, slope, offset }, { add, sub, mul }) =>
      add(add(mul(dy, factor), mul(sub(x, mean), slope)), offset),
  ),
};
