import type { ImageSource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import type { HierarchyLevel } from '@hcsc/kmeans';
import type { PrototypeNode, PrototypeTree, ReportImage } from '@hcsc/report';
import type { Method } from '@hcsc/train';
import { gather, mul, sum, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/** How many images stand for a prototype. */
const IMAGES = 8;

interface LevelOnHost {
  readonly counts: Int32Array;
  readonly concentration: Float32Array;
  readonly parents: Int32Array | null;
  /** Members of each prototype, nearest first. */
  readonly members: number[][];
}

async function readLevel(level: HierarchyLevel, features: Tensor2D): Promise<LevelOnHost> {
  const similarity = tidy(() => sum(mul(features, gather(level.centroids, level.assignments)), 1));
  const [near, assignments] = [await similarity.data(), await level.assignments.data()];
  similarity.dispose();
  const members: number[][] = Array.from({ length: level.centroids.shape[0] }, () => []);
  assignments.forEach((prototype, image) => {
    members[prototype]!.push(image);
  });
  for (const images of members) images.sort((a, b) => near[b]! - near[a]!);
  return {
    counts: (await level.counts.data()) as Int32Array,
    concentration: (await level.concentration.data()) as Float32Array,
    parents: level.parents ? ((await level.parents.data()) as Int32Array) : null,
    members,
  };
}

/**
 * The method's hierarchy as a tree of pictures: each prototype by the images nearest to it among its own.
 *
 * Null if the method has no hierarchy (yet) or no embedding to measure nearness with.
 */
export async function prototypeTree(method: Method, source: ImageSource): Promise<PrototypeTree | null> {
  const { hierarchy } = method;
  if (!hierarchy || !method.embed) return null;
  const features = await extractFeatures((images) => method.embed!(images), source);
  let levels: LevelOnHost[];
  try {
    levels = [];
    for (const level of hierarchy.levels) levels.push(await readLevel(level, features));
  } finally {
    features.dispose();
  }

  const [height, width, channels] = source.shape;
  const picture = async (index: number): Promise<ReportImage> => ({
    width,
    height,
    channels: channels as ReportImage['channels'],
    data: await source.read([index]),
    label: source.labels && source.classes ? source.classes[source.labels[index]!] : undefined,
  });
  const classesOf = (members: readonly number[]) => {
    if (!source.labels || !source.classes) return undefined;
    const classes: Record<string, number> = {};
    for (const index of members) {
      const name = source.classes[source.labels[index]!]!;
      classes[name] = (classes[name] ?? 0) + 1;
    }
    return classes;
  };
  const node = async (l: number, id: number): Promise<PrototypeNode> => {
    const level = levels[l]!;
    const children = l === 0 ? [] : [...levels[l - 1]!.parents!.keys()].filter((child) => levels[l - 1]!.parents![child] === id);
    return {
      level: l,
      id,
      count: level.counts[id]!,
      concentration: level.concentration[id]!,
      images: await Promise.all(level.members[id]!.slice(0, IMAGES).map(picture)),
      classes: classesOf(level.members[id]!),
      children: await Promise.all(children.map((child) => node(l - 1, child))),
    };
  };
  const top = levels.length - 1;
  return { roots: await Promise.all([...levels[top]!.counts.keys()].map((id) => node(top, id))) };
}
