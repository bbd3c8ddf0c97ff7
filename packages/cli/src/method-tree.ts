import type { ImageSource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import { readHierarchy } from '@hcsc/kmeans';
import { type PrototypeLevel, type PrototypeTree, prototypeTree, type ReportImage } from '@hcsc/report';
import type { Method, Preparation } from '@hcsc/train';
import { reportImage } from './report-image.js';

/** How many images stand for a prototype, where there is room for so many. */
const IMAGES = 8;
/** Most bytes of all pictures: 25,000 prototypes with 8 images of ImageNet each would take 30 GB. */
const MOST_BYTES = 2 ** 31;

/**
 * The method's hierarchy as a tree of pictures: each prototype by the images nearest to it among its own.
 *
 * Null if the method has no hierarchy (yet) or no embedding to measure nearness with.
 *
 * @param mostBytes For the pictures: where 8 a prototype take more, each has fewer, or none.
 */
export async function methodTree(
  method: Method,
  source: ImageSource,
  prepare: Preparation,
  mostBytes = MOST_BYTES,
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
    const tree = await readHierarchy(hierarchy);
    const prototypes = tree.levels.reduce((sum, { counts }) => sum + counts.length, 0);
    const bytes = source.shape[0] * source.shape[1] * source.shape[2];
    const shown = Math.min(IMAGES, Math.floor(mostBytes / (prototypes * bytes)));
    const levels: PrototypeLevel[] = [];
    for (const [l, { counts, concentration, parents, alive }] of tree.levels.entries()) {
      const nearest = (prototype: number) => tree.nearest(l, prototype, tree.points, features);
      const members = (await Promise.all(Array.from(counts.keys(), nearest))).map((all) =>
        all.map(({ point }) => point),
      );
      levels.push({
        ...{ counts, concentration, parents, alive },
        images: await Promise.all(members.map((images) => Promise.all(images.slice(0, shown).map(picture)))),
        ...(source.labels && source.classes && { labels: members.map(histogram) }),
      });
    }
    return prototypeTree(levels);
  } finally {
    features.dispose();
  }
}
