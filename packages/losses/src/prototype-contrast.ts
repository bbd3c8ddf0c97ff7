import { addN, div, gather, mul, reshape, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { againstPositive } from './against-positive.js';
import { contrastRows, logitsOf } from './contrast-rows.js';
import { flags, idsBelow, livingAt, positive, unitRows } from './kinds.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import type { Overlays } from './overlay.js';
import { reduced } from './reduced.js';
import { type Argument, requireArguments } from './require-arguments.js';
import { requireLevels } from './require-options.js';

/** The prototypes of one clustering. */
export interface Prototypes {
  /** c, `[K, D]` float32, L2-normalised. */
  readonly centroids: Tensor2D;
  /** φ, `[K]` float32, above 0: each prototype's own temperature. */
  readonly concentration: Tensor1D;
  /** `[N]` int32: the prototype of each query, its positive. */
  readonly positives: Tensor1D;
  /**
   * `[K]` float32 of 0 and 1: 0 for prototypes that were dropped, which are never negatives, in either mode; null or
   * absent: all may be.
   */
  readonly alive?: Tensor1D | null;
}

/**
 * Queries against their prototype and others, each at its own temperature, averaged over the clusterings.
 *
 * @param more The argument that only this loss has, of level `name`, whose K is the letter `k`.
 * @param negativesOf The candidates `[M, D]` made of the prototypes c/φ, and what is laid over their logits.
 */
export function prototypeContrast<L extends Prototypes, R extends Reduction>(
  loss: string,
  query: Tensor2D,
  levels: readonly L[],
  options: LossOptions<R>,
  more: (level: L, name: string, k: string) => Argument | undefined,
  negativesOf: (level: L, scaled: Tensor2D, name: string) => { candidates: Tensor2D; overlays: Overlays },
): Reduced<R> {
  requireLevels(loss, 'levels', levels);
  const name = (l: number) => `levels[${l}]`;
  requireArguments(loss, options, [
    ['query', query, 'N D', unitRows],
    ...levels.flatMap((level, l): (Argument | null | undefined)[] => {
      const { centroids, concentration, positives, alive } = level;
      const [k, ids] = [`K${l}`, `${name(l)}.positives`];
      return [
        [`${name(l)}.centroids`, centroids, `${k} D`, unitRows],
        [`${name(l)}.concentration`, concentration, k, positive],
        [ids, positives, 'N', idsBelow(k)],
        alive && [`${name(l)}.alive`, alive, k, flags, livingAt(positives, ids)],
        more(level, name(l), k),
      ];
    }),
  ]);

  return reduced(options, () => {
    const perLevel = levels.map((level, l) => {
      const scaled = div(level.centroids, reshape(level.concentration, [-1, 1])) as Tensor2D;
      const { candidates, overlays } = negativesOf(level, scaled, name(l));
      const own = sum(mul(query, gather(scaled, level.positives)), 1) as Tensor1D;
      return againstPositive(contrastRows(logitsOf(query, candidates, options.blockSize), overlays, own));
    });
    return div(addN(perLevel), levels.length);
  });
}
