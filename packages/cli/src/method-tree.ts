import type { ImageSource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import type { HierarchyLevel } from '@hcsc/kmeans';
import { type PrototypeLevel, type PrototypeTree, prototypeTree, type ReportImage } from '@hcsc/report';
import type { Method, Preparation } from '@hcsc/train';
import { gather, mul, sum, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { reportImage } from './report-image.js';

/** How many images stand for a prototype. */
const IMAGES = 8;

/** The images of each prototype of a level, nearest first. */
async function membersOf({ centroids, assignments }: HierarchyLevel, features: Tensor2D): Promise<number[][]> {
  const similarity = tidy(() => sum(mul(features, gather(centroids, assignments)), 1));
  const near = await similarity.data();
  similarity.dispose();
  const members: number[][] = Array.from({ length: centroids.shape[0] }, () => []);
  (await assignments.data()).forEach((prototype, image) => {
    members[prototype]!.push(image);
  });
  for (const images of members) images.sort((a, b) => near[b]! - near[a]!);
  return members;
}

/**
 * The method's hierarchy as a tree of pictures: each prototype by the images nearest to it among its own.
 *
 * Null if the method has no hierarchy (yet) or no embedding to measure nearness with.
 */
export async function methodTree(
  method: Method,
  source: ImageSource,
  prepare: Preparation,
): Promise<PrototypeTree | null> {
  const { hierarchy } = method;
  if (!hierarchy || !method.embed) return null;
  const classOf = (index: number) => source.classes?.[source.labels?.[index] ?? -1];
  const picture = async (index: number): Promise<ReportImage> => {
    return reportImage(await source.read([index]), source.shape, classOf(index));
  };
  const histogram = (members: readonly number[]) => {
    const classes: Record<string, number> = {};
    for (const index of members) classes[classOf(index)!] = (classes[classOf(index)!] ?? 0) + 1;
    return classes;
  };
  const features = await extractFeatures((images) => method.embed!(prepare(images)), source);
  try {
    const levels: PrototypeLevel[] = [];
    for (const level of hierarchy.levels) {
      const members = await membersOf(level, features);
      levels.push({
        counts: await level.counts.data(),
        concentration: await level.concentration.data(),
        parents: (await level.parents?.data()) ?? null,
        images: await Promise.all(members.map((images) => Promise.all(images.slice(0, IMAGES).map(picture)))),
        ...(source.labels && source.classes && { labels: members.map(histogram) }),
      });
    }
    return prototypeTree(levels);
  } finally {
    features.dispose();
  }
}
