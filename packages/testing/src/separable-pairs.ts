import type { Rng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import type { MethodTestImages } from './method-under-test.js';

/**
 * So many pairs of different images of one group, as a miner that makes no mistake would give them.
 *
 * @throws RangeError if there are not so many.
 */
export function separablePairs(
  rng: Rng,
  { length, labels, bytes }: MethodTestImages & { readonly bytes: Uint8Array },
  count: number,
): MinedPairs {
  const all: [first: number, second: number][] = [];
  for (let i = 0; i < length; i++) {
    for (let j = i + 1; j < length; j++) if (labels![i] === labels![j]) all.push([i, j]);
  }
  if (count > all.length) {
    throw new RangeError(`Cannot pair ${length} images ${count} times: they make ${all.length} pairs of one pattern`);
  }
  const chosen = Array.from(rng.permutation(all.length).subarray(0, count), (i) => all[i]!);
  const size = bytes.length / length;
  const image = (i: number) => bytes.subarray(i * size, (i + 1) * size);
  return {
    images: length,
    pairs: Int32Array.from(chosen.flat()),
    similarities: Float32Array.from(chosen, ([i, j]) => cosine(image(i), image(j))),
    duplicates: new Int32Array(0),
  };
}

function cosine(a: Uint8Array, b: Uint8Array): number {
  let [product, aSquares, bSquares] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    product += x * y;
    aSquares += x * x;
    bSquares += y * y;
  }
  return product / Math.sqrt(aSquares * bSquares);
}
