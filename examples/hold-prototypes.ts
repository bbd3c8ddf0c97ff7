import type { HeldHierarchy, Hierarchy, HierarchyOptions } from '@hcsc/kmeans';
import type { EpochContext } from '@hcsc/train';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { featuresOf } from './features-of.js';

/** What comes of the epoch and of the last prototypes, beside the method's own options. */
export type EpochStart = Pick<HierarchyOptions, 'warmStart' | 'iterations' | 'signal'>;

export interface HoldPrototypesOptions {
  /** Images to the unit rows that are clustered. */
  embed: (images: Tensor4D) => Tensor2D;
  /** Cluster once, in 10 iterations, from the last prototypes on. */
  warmStart: boolean;
  cluster: (features: Tensor2D, start: EpochStart) => Promise<Hierarchy>;
}

/**
 * Clusters the training images before an epoch and holds the prototypes, which stay what they were if that fails or is interrupted.
 *
 * @returns `used1` and so on: the share of each level's prototypes that are some image's. Far below 1, the clustering is
 * collapsing.
 */
export async function holdPrototypes(
  held: HeldHierarchy,
  { source, prepare, signal }: EpochContext,
  { embed, warmStart, cluster }: HoldPrototypesOptions,
): Promise<Record<string, number>> {
  const features = await featuresOf(source, (images) => embed(prepare(images)), { signal });
  try {
    const start = warmStart && held.current ? { warmStart: held.current, iterations: 10 } : {};
    const next = await cluster(features, { ...start, signal });
    held.hold(next);
    next.dispose();
  } finally {
    features.dispose();
  }
  const shares: Record<string, number> = {};
  for (const [l, { counts }] of held.current!.levels.entries()) {
    const images = await counts.data();
    shares[`used${l + 1}`] = images.filter((count) => count > 0).length / images.length;
  }
  return shares;
}
