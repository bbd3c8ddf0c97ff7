import { createBreath } from './breathe.js';
import { createClosestPairs } from './closest-pairs.js';
import { guessLeast } from './guess-least.js';
import { readFeatures } from './mining-features.js';
import { createPairCosines } from './pair-cosines.js';
import { createPairList } from './pair-list.js';
import type { MinedPairs, MiningRequest } from './positive-miner.js';
import { type SimilarVisitor, visitSimilar } from './visit-similar.js';

/** How far an inner product of unit rows may be off, on any backend: a GPU may cut its factors to 10 bits. */
const ROUNDING = 2e-3;

/** What `semanticPairs` was asked for. */
export interface SemanticPairsTask {
  readonly name: string;
  readonly target: number | undefined;
  /** The least cosine of a pair. */
  readonly least: number;
  readonly upper: number;
  readonly blockSize: number;
  readonly maxPairs: number;
}

/** Mines pairs as `semanticPairs` says. */
export async function mineSemanticPairs(
  { features: given, signal, onProgress }: MiningRequest,
  { name, target, least, upper, blockSize, maxPairs }: SemanticPairsTask,
): Promise<MinedPairs> {
  const breathe = createBreath(signal, onProgress);
  await breathe(0);
  const features = await readFeatures(`mine positives with ${name}`, given);
  const { n, lengths, deviation } = features;
  const cosinesOf = createPairCosines(features);
  const rounding = ROUNDING + (2 + deviation) * deviation;

  const refuseAbove = (count: number, images: number) => {
    if (count <= maxPairs) return;
    const advice = target === undefined ? 'give target instead of lower, or raise lower' : 'lower target, raise upper';
    throw new RangeError(
      `Cannot mine positives with ${name}: needed at most ${maxPairs} pairs, duplicates included, got more of the ` +
        `first ${images} of ${n} images: ${advice}, or raise maxPairs`,
    );
  };
  /** Looks at all pairs; null if `target` was not reached because `from` was above the cosines that it takes. */
  async function look(from: number): Promise<MinedPairs | null> {
    const [positives, duplicates] = [createPairList(), createPairList()];
    const closest = target === undefined ? null : createClosestPairs(target, n);
    const isPair = (i: number, j: number, cosine: number) => {
      if (cosine > upper) duplicates.push(i, j, cosine);
      else if (cosine < from) return false;
      else if (closest) return closest.offer(i, j, cosine);
      else positives.push(i, j, cosine);
      return true;
    };
    const visitor: SimilarVisitor = {
      least: () => Math.max(from, closest?.least ?? from) - rounding,
      visit(pairs) {
        let found = 0;
        cosinesOf(pairs, (i, j, cosine) => {
          if (isPair(i, j, cosine)) found++;
        });
        return found;
      },
      afterBlock: (images) => refuseAbove(positives.count + duplicates.count, images),
    };
    await features.onDevice((rows) => visitSimilar(rows, lengths, blockSize, breathe, visitor));
    let lower = closest ? upper : from;
    closest?.forEach((i, j, similarity) => {
      positives.push(i, j, similarity);
      lower = Math.min(lower, similarity);
    });
    if (closest && from > -1 && positives.count < target!) return null;
    refuseAbove(positives.count + duplicates.count, n);
    return {
      images: n,
      ...positives.byFirst(n),
      duplicates: duplicates.byFirst(n).pairs,
      thresholds: { lower, upper },
    };
  }
  const found =
    (await look(target === undefined ? least : await guessLeast(features, target, upper))) ?? (await look(-1));
  await breathe(1);
  return found!;
}
