import type { Originals } from './image-source.js';

/** The originals at these positions, in this order. */
export function originalsAt({ images, ...rest }: Originals, positions: ArrayLike<number>): Originals {
  return {
    ...rest,
    images: {
      ...images,
      length: positions.length,
      labels: images.labels && Int32Array.from(positions, (position) => images.labels![position]!),
      at: (index) => images.at(positions[index]!),
      nameOf: (index) => images.nameOf(positions[index]!),
    },
    ...(rest.isUnreadable && { isUnreadable: (index) => rest.isUnreadable!(positions[index]!) }),
    unreadable: (image) => rest.unreadable({ ...image, index: positions[image.index]! }),
  };
}
