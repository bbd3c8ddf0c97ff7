import type { Rng } from '@hcsc/random';
import type { MethodTestImages } from './method-under-test.js';

const GROUPS = 4;

/** Images of four groups, each a pattern of its own in a little noise; labels are the groups. */
export function separableImages(
  rng: Rng,
  length: number,
  shape: readonly [number, number, number],
): MethodTestImages & { readonly bytes: Uint8Array } {
  const size = shape[0] * shape[1] * shape[2];
  const patterns = Array.from({ length: GROUPS }, () => Array.from({ length: size }, () => 40 + rng.integer(176)));
  const labels = Int32Array.from({ length }, (_, i) => i % GROUPS);
  const bytes = new Uint8Array(length * size);
  for (let i = 0; i < bytes.length; i++) {
    const pattern = patterns[labels[Math.floor(i / size)]!]!;
    bytes[i] = pattern[i % size]! - 20 + rng.integer(41);
  }
  return {
    ...{ name: 'four patterns', length, shape, classes: null, labels, bytes },
    async read(indices) {
      const packed = new Uint8Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        const from = indices[i]! * size;
        packed.set(bytes.subarray(from, from + size), i * size);
      }
      return packed;
    },
  };
}
