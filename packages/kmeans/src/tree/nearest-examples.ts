import { gather, mul, sum, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { NearestExample } from './hierarchy-tree.js';

/** Features compared at a time on the device. */
const BLOCK = 8192;

async function compareOnDevice(
  features: Tensor2D,
  members: Int32Array,
  prototype: Float32Array,
): Promise<Float32Array> {
  const similarities = new Float32Array(members.length);
  for (let start = 0; start < members.length; start += BLOCK) {
    const block = members.slice(start, start + BLOCK);
    const scores = tidy(() => sum(mul(gather(features, tensor1d(block, 'int32')), tensor1d(prototype)), 1));
    similarities.set(await scores.data().finally(() => scores.dispose()), start);
  }
  return similarities;
}

function compareOnHost(features: Float32Array, members: Int32Array, prototype: Float32Array): Float32Array {
  const width = prototype.length;
  return Float32Array.from(members, (member) => {
    let similarity = 0;
    for (let j = 0; j < width; j++) similarity += features[member * width + j]! * prototype[j]!;
    return similarity;
  });
}

/** The `n` members of a prototype with the largest z · c, the lower one on a tie; features are `[N, D]`. */
export async function nearestExamples(
  members: Int32Array,
  prototype: Float32Array,
  n: number,
  features: Tensor2D | Float32Array,
): Promise<NearestExample[]> {
  const compare = features instanceof Float32Array ? compareOnHost(features, members, prototype) : null;
  const similarities = compare ?? (await compareOnDevice(features as Tensor2D, members, prototype));
  const examples = Array.from(members, (point, i): NearestExample => ({ point, similarity: similarities[i]! }));
  for (const { point, similarity } of examples) {
    if (!Number.isFinite(similarity)) {
      throw new RangeError(`features must be finite, got a similarity of ${similarity} in row ${point}`);
    }
  }
  return examples.sort((a, b) => b.similarity - a.similarity || a.point - b.point).slice(0, n);
}
