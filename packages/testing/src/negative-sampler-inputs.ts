import type { Rng } from '@hcsc/random';
import type { AnchorLevel } from '@hcsc/samplers';
import { type Tensor, type Tensor2D, tensor1d } from '@tensorflow/tfjs-core';
import { randomUnitRows } from './random-rows.js';

/** What samplers are asked about. */
export interface SamplerInputs {
  queue: Tensor2D;
  anchors: Tensor2D;
  keys: Tensor2D;
  levels: AnchorLevel[];
}

export const [ANCHORS, QUEUE, WIDTH] = [5, 24, 6];
const CLUSTERS = [10, 5, 3];

/** All that is to be disposed. */
export const tensorsOf = ({ queue, anchors, keys, levels }: SamplerInputs): Tensor[] => [
  queue,
  anchors,
  keys,
  ...levels.flatMap(({ centroids, concentration, parents, positives }) =>
    [centroids, concentration, positives, parents].filter((tensor) => tensor !== null),
  ),
];

/** Unit rows for queue, anchors and keys, and the anchors' place in three levels of prototypes. */
export function samplerInputs(rng: Rng): SamplerInputs {
  return {
    queue: randomUnitRows(rng, QUEUE, WIDTH),
    anchors: randomUnitRows(rng, ANCHORS, WIDTH),
    levels: randomLevels(rng),
    keys: randomUnitRows(rng, ANCHORS, WIDTH),
  };
}

function randomLevels(rng: Rng): AnchorLevel[] {
  let positives = Array.from({ length: ANCHORS }, () => rng.integer(CLUSTERS[0]!));
  return CLUSTERS.map((k, l): AnchorLevel => {
    const above = CLUSTERS[l + 1];
    const parents = above ? Array.from({ length: k }, () => rng.integer(above)) : null;
    const level = {
      centroids: randomUnitRows(rng, k, WIDTH),
      concentration: tensor1d(Array.from({ length: k }, () => 0.1 + 0.2 * rng.uniform())),
      parents: parents && tensor1d(parents, 'int32'),
      positives: tensor1d(positives, 'int32'),
    };
    positives = positives.map((id) => parents?.[id] ?? 0);
    return level;
  });
}
