/** An image as pixels of 8 bits: grey (1 channel), RGB (3) or RGBA (4), row by row. */
export interface ReportImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `width · height · channels` values. */
  readonly data: Uint8Array;
  /** Its class, where it is known. */
  readonly label?: string;
}

/** One prototype and those below it. */
export interface PrototypeNode {
  /** 0 is the finest level. */
  readonly level: number;
  /** Its row among the level's prototypes. */
  readonly id: number;
  /** How many images it stands for. */
  readonly count: number;
  /** φ: small for a compact and large cluster. */
  readonly concentration: number;
  /** The images nearest to it, nearest first. */
  readonly images: readonly ReportImage[];
  /** The prototypes of the level below that it is the parent of. */
  readonly children: readonly PrototypeNode[];
  /** How many of its images are of each class, where classes are known. */
  readonly labels?: Readonly<Record<string, number>>;
}

/** A hierarchy of prototypes to be drawn. */
export interface PrototypeTree {
  /** Prototypes of the coarsest level, the largest first or in any order. */
  readonly roots: readonly PrototypeNode[];
}

/** One level of a hierarchy as flat arrays over its prototypes. */
export interface PrototypeLevel {
  /** How many images each prototype stands for, `[K]`. */
  readonly counts: ArrayLike<number>;
  /** φ of each prototype, `[K]`. */
  readonly concentration: ArrayLike<number>;
  /** The row of each prototype's parent in the next level, `[K]`; `null` at the coarsest. */
  readonly parents: ArrayLike<number> | null;
  /** `[K]`: 0 for prototypes that were dropped, which the tree leaves out; null or absent: none was. */
  readonly alive?: ArrayLike<number> | null;
  /** The images nearest to each prototype, nearest first, `[K][…]`. */
  readonly images: readonly (readonly ReportImage[])[];
  /** Images of each class, by prototype, `[K]`. */
  readonly labels?: readonly Readonly<Record<string, number>>[];
}

function checkLevel(level: PrototypeLevel, index: number, above: PrototypeLevel | undefined): void {
  const { counts, concentration, images, parents, labels, alive } = level;
  const optional = { ...(parents && { parents }), ...(labels && { labels }), ...(alive && { alive }) };
  const lengths = { concentration, images, ...optional };
  for (const [name, { length }] of Object.entries(lengths)) {
    if (length !== counts.length) {
      throw new RangeError(
        `Level ${index} has ${counts.length} counts, but ${length} of ${name}: give one a prototype`,
      );
    }
  }
  if ((parents === null) !== (above === undefined)) {
    throw new RangeError(
      above
        ? `Level ${index} has no parents: every level but the last (the coarsest) needs them`
        : `Level ${index} is the last (the coarsest) and has parents: give null, or the level they are in`,
    );
  }
  for (const parent of Array.from(parents ?? [])) {
    if (!Number.isInteger(parent) || parent < 0 || parent >= above!.counts.length) {
      throw new RangeError(`Level ${index} names parent ${parent}, but level ${index + 1} has ${above!.counts.length}`);
    }
  }
}

/**
 * Nests the flat arrays of a hierarchy's levels into the tree that a report draws.
 *
 * @param levels finest first, as `hierarchicalKMeans` of `@hcsc/kmeans` has them.
 * @throws RangeError on no level, arrays of unequal length, parents that are not there.
 *
 * @example
 * ```ts
 * const pixel = { width: 1, height: 1, channels: 1 as const, data: Uint8Array.of(0) };
 * const tree = prototypeTree([
 *   { counts: [3, 5], concentration: [0.2, 0.3], parents: [0, 0], images: [[pixel], [pixel]] },
 *   { counts: [8], concentration: [0.2], parents: null, images: [[pixel]] },
 * ]);
 * console.log(tree.roots[0]?.children.length); // 2
 * ```
 */
export function prototypeTree(levels: readonly PrototypeLevel[]): PrototypeTree {
  if (levels.length === 0) throw new RangeError('A prototype tree needs at least one level, got none');
  let below: PrototypeNode[] = [];
  let parentsBelow: ArrayLike<number> = [];
  levels.forEach((level, index) => {
    checkLevel(level, index, levels[index + 1]);
    const { counts, concentration, images, parents, labels, alive } = level;
    const all = Array.from(counts, (count, id) => ({
      level: index,
      id,
      count,
      concentration: concentration[id]!,
      images: images[id]!,
      children: below.filter((child) => parentsBelow[child.id] === id),
      ...(labels && { labels: labels[id]! }),
    }));
    below = all.filter(({ id }) => alive?.[id] !== 0);
    parentsBelow = parents ?? [];
  });
  return { roots: below };
}
