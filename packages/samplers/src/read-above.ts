import { gather, max, reshape, type Tensor, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Block, BlockProducts } from './visit-blocks.js';

/** The most neighbouring products of which the device finds the largest, so that the host looks at one number of so many. */
const STRIP = 32;
/** Above this share of strips that have to be looked into, a block is read whole. */
const DENSE = 0.25;

/**
 * Visits the pairs i < j of a block of rows whose inner product is not below `least`: of a row j in the order of i, of a row i
 * in the order of j.
 *
 * The device finds the largest product of each strip of a block, and only strips with one that is large enough are read.
 */
export async function readAbove(
  blocks: BlockProducts,
  block: Block,
  least: number,
  visit: (i: number, j: number) => void,
): Promise<void> {
  const { earlier, later } = block;
  const products = blocks.of(block);
  const columns = products.shape[1];
  const width = stripOf(columns);
  let strips: Tensor2D;
  try {
    strips = reshape(products, [-1, width]);
  } finally {
    products.dispose();
  }
  try {
    const peaks = await read(max(strips, 1));
    const found: number[] = [];
    for (let strip = 0; strip < peaks.length; strip++) if (peaks[strip]! >= least) found.push(strip);
    const whole = found.length > DENSE * peaks.length;
    const values = whole ? await strips.data() : found.length > 0 ? await read(take(strips, found)) : [];
    for (let place = 0; place < found.length; place++) {
      const strip = found[place]!;
      const row = Math.floor((strip * width) / columns);
      const first = strip * width - row * columns;
      // On the diagonal, columns up to the row's own.
      const end = earlier === later ? Math.min(width, row - first) : width;
      const start = (whole ? strip : place) * width;
      for (let column = 0; column < end; column++) {
        if (values[start + column]! >= least) visit(earlier + first + column, later + row);
      }
    }
  } finally {
    strips.dispose();
  }
}

/** As many neighbouring products as fit into a row of so many without a rest; the whole row if that would be few. */
function stripOf(columns: number): number {
  for (let width = STRIP; width > STRIP / 8; width--) if (columns % width === 0) return width;
  return columns;
}

const take = (strips: Tensor2D, which: number[]) => tidy(() => gather(strips, tensor1d(which, 'int32')));

/** The values of a tensor that nobody else needs. */
async function read(tensor: Tensor): Promise<ArrayLike<number>> {
  try {
    return await tensor.data();
  } finally {
    tensor.dispose();
  }
}
