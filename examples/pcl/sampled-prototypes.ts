import type { Rng } from '@hcsc/random';
import { onesLike, reshape, scatterND, sub, type Tensor1D, tidy, topk } from '@tensorflow/tfjs-core';

/**
 * Draws r of k prototypes; each set of r is as likely as any other.
 *
 * @param positives `[N]` int32: the prototype of each image, none of which is to be drawn; absent: any may be.
 * @returns `[r]` int32, which the caller disposes; undefined if a batch of N images may leave fewer than r, so that none
 * can be drawn without one that is somebody's. Which of the two it is depends on k, N and r alone, not on the batch.
 */
export function sampledPrototypes(k: number, r: number, rng: Rng, positives?: Tensor1D): Tensor1D | undefined {
  if (r > k - (positives?.shape[0] ?? 0)) return undefined;
  return tidy(() => {
    const scores = rng.uniformTensor([k]);
    if (!positives) return topk(scores, r).indices as Tensor1D;
    // A prototype's images in the batch; a score in [0, 1) less 1 for each is below the scores of those without any.
    const images = scatterND(reshape(positives, [-1, 1]), onesLike(positives), [k]);
    return topk(sub(scores, images), r).indices as Tensor1D;
  });
}
