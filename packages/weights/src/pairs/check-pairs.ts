import type { MinedPairs } from '@hcsc/samplers';

/** Throws unless pairs are of two different images among those there are, with a cosine each. */
export function checkPairs(task: string, { images, pairs, similarities, duplicates, thresholds }: MinedPairs): void {
  const fail = (Kind: typeof RangeError | typeof TypeError, problem: string): never => {
    throw new Kind(`Cannot ${task}: ${problem}`);
  };
  if (!Number.isSafeInteger(images) || images < 1) {
    fail(RangeError, `needed images as an integer of at least 1, got ${images}`);
  }
  for (const [name, list] of Object.entries({ pairs, duplicates })) {
    if (!(list instanceof Int32Array)) fail(TypeError, `needed ${name} as an Int32Array, got ${list}`);
    if (list.length % 2 !== 0) fail(RangeError, `needed two images for each of the ${name}, got ${list.length} in all`);
    const odd = list.findIndex((image) => image < 0 || image >= images);
    if (odd >= 0) fail(RangeError, `needed ${name} of images 0 to ${images - 1}, got ${list[odd]}`);
    for (let at = 0; at < list.length; at += 2) {
      if (list[at] === list[at + 1]) fail(RangeError, `needed ${name} of two images, got ${list[at]} with itself`);
    }
  }
  if (!(similarities instanceof Float32Array)) {
    fail(TypeError, `needed similarities as a Float32Array, got ${similarities}`);
  }
  if (similarities.length !== pairs.length / 2) {
    fail(RangeError, `needed a similarity for each of ${pairs.length / 2} pairs, got ${similarities.length}`);
  }
  const odd = similarities.findIndex((cosine) => !(Math.abs(cosine) <= 1));
  if (odd >= 0) fail(RangeError, `needed cosines from -1 to 1, got ${similarities[odd]} at ${odd}`);
  if (thresholds && !(thresholds.lower <= thresholds.upper)) {
    fail(RangeError, `needed thresholds lower ≤ upper, got ${JSON.stringify(thresholds)}`);
  }
}
