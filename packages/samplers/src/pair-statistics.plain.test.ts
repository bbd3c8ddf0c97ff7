import { expect, it } from 'vitest';
import { pairStatistics } from './pair-statistics.js';

const mined = {
  images: 5,
  pairs: Int32Array.of(0, 1, 0, 2, 1, 2, 0, 3),
  similarities: Float32Array.of(0.5, 0.125, 0.25, 0.75),
  duplicates: Int32Array.of(3, 4),
};

it('describes pairs', () => {
  // Ends: image 0 three times, 1 and 2 twice, 3 once, 4 never.
  const shares = [3 / 8, 2 / 8, 2 / 8, 1 / 8];
  const entropy = -shares.reduce((sum, share) => sum + share * Math.log(share), 0) / Math.log(5);
  const found = pairStatistics(mined, { labels: [7, 7, 7, 8, 8] });
  expect(found.entropy).toBeCloseTo(entropy, 12);
  expect({ ...found, entropy: 0 }).toEqual({
    ...{ pairs: 4, duplicates: 1, coverage: 0.8, entropy: 0 },
    similarity: { min: 0.125, lowerQuartile: 0.21875, median: 0.375, upperQuartile: 0.5625, max: 0.75 },
    purity: 3 / 4,
    chancePurity: (3 + 1) / 10,
    // Three pairs within class 7, and (0, 3) of both.
    classes: [
      { label: 7, images: 3, paired: 3, pairs: 4, pure: 3 },
      { label: 8, images: 2, paired: 1, pairs: 1, pure: 0 },
    ],
  });
  expect(pairStatistics(mined)).toMatchObject({ purity: null, chancePurity: null, classes: null });
});

it('describes that there are none', () => {
  const none = {
    images: 3,
    pairs: new Int32Array(0),
    similarities: new Float32Array(0),
    duplicates: new Int32Array(0),
  };
  expect(pairStatistics(none, { labels: Int32Array.of(1, 1, 1) })).toEqual({
    ...{ pairs: 0, duplicates: 0, coverage: 0, entropy: null, similarity: null, purity: null, chancePurity: 1 },
    classes: [{ label: 1, images: 3, paired: 0, pairs: 0, pure: 0 }],
  });
  // One image makes no pair that could be of one class.
  expect(pairStatistics({ ...none, images: 1 }, { labels: [1] }).chancePurity).toBeNull();
});

it('counts classes by rising label, whatever their order', () => {
  const { classes } = pairStatistics(mined, { labels: Int32Array.of(12, 3, 12, 3, -1) });
  expect(classes).toEqual([
    { label: -1, images: 1, paired: 0, pairs: 0, pure: 0 },
    { label: 3, images: 2, paired: 2, pairs: 3, pure: 0 },
    { label: 12, images: 2, paired: 2, pairs: 4, pure: 1 },
  ]);
});

it('refuses labels that are not as many as images', () => {
  expect(() => pairStatistics(mined, { labels: [1, 2] })).toThrow(
    new RangeError('Cannot describe pairs: needed a label for each of 5 images, got 2'),
  );
});
