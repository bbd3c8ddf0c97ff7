import { type ImageSource, memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { memory, mul, reshape, slice, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Splits } from '../evaluate.js';
import { findNeighbours, type NamedFeatures } from './find-neighbours.js';
import { shownNeighbours } from './shown-neighbours.js';

const CLASSES = ['Bag', 'Boot', 'Coat'];

function noise(name: string, length: number, { channels = 1, labelled = true } = {}): ImageSource {
  const rng = createRng(length);
  const bytes = Uint8Array.from({ length: length * 4 * channels }, () => 1 + rng.integer(255));
  const labels = labelled ? Int32Array.from({ length }, () => rng.integer(3)) : undefined;
  return memorySource(bytes, [2, 2, channels], { name, labels, classes: CLASSES });
}

/** All pixels, and the first two only. */
const features: NamedFeatures = {
  all: (images) => reshape(images, [images.shape[0], -1]),
  top: (images: Tensor4D) => tidy(() => mul(reshape(slice(images, [0, 0], [-1, 1]), [images.shape[0], -1]), 3)),
};

/** One image after the other. */
async function slowly({ train, test: asked }: Splits, k: number, of: 'all' | 'top') {
  const rows = async (source: ImageSource) => {
    const width = source.shape[0] * source.shape[1] * source.shape[2];
    const bytes = await source.read(Int32Array.from({ length: source.length }, (_, i) => i));
    return Array.from({ length: source.length }, (_, i) => {
      return [...bytes.subarray(i * width, i * width + (of === 'all' ? width : width / 2))];
    });
  };
  const candidates = await rows(train);
  const cosine = (a: number[], b: number[]) =>
    a.reduce((sum, x, d) => sum + x * b[d]!, 0) / Math.hypot(...a) / Math.hypot(...b);
  return (await rows(asked)).map((query) =>
    candidates
      .map((row, image) => ({ image, similarity: cosine(query, row) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k),
  );
}

test.each([1, 3])('finds what a loop over images finds, of %i channels', async (channels) => {
  const splits = { train: noise('train', 60, { channels }), test: noise('test', 23, { channels }) };
  const before = memory().numTensors;
  const found = await findNeighbours(features, splits, { seed: 3, k: 4, rows: 6 });
  expect(memory().numTensors).toBe(before);
  expect(found).toMatchObject({
    ...{ k: 4, features: ['all', 'top'] },
    candidates: { set: splits.train.name, count: 60, outOf: 60 },
    queries: { set: splits.test.name, count: 23, outOf: 23 },
  });
  const slow = { all: await slowly(splits, 4, 'all'), top: await slowly(splits, 4, 'top') };
  expect(found.rows).toHaveLength(6);
  for (const { image, class: name, neighbours } of found.rows) {
    expect(name).toBe(CLASSES[splits.test.labels![image]!]);
    for (const of of ['all', 'top'] as const) {
      expect(neighbours[of]!.map((near) => near.image)).toEqual(slow[of][image]!.map((near) => near.image));
      expect(neighbours[of]!.map((near) => near.similarity)).toBeAllclose(
        slow[of][image]!.map((near) => near.similarity),
        1e-5,
      );
    }
  }
  // the figures are over all test images, not over those that are shown
  for (const of of ['all', 'top'] as const) {
    const same = slow[of].flatMap((list, query) =>
      list.filter(({ image }) => splits.train.labels![image] === splits.test.labels![query]),
    );
    expect(found.purity!.shares[of]).toBeCloseTo(same.length / (23 * 4), 12);
  }
  const shared = slow.all.map((list, query) => {
    return list.filter(({ image }) => slow.top[query]!.some((other) => other.image === image)).length;
  });
  expect(found.shared).toHaveLength(1);
  expect(found.shared[0]!.features).toEqual(['all', 'top']);
  expect(found.shared[0]!.shared).toBeCloseTo(shared.reduce((sum, n) => sum + n) / 23, 12);
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test('draws images where there are many, the same from one seed, and each class before a second of any', async () => {
  const splits = { train: noise('train', 60), test: noise('test', 40) };
  const options = { seed: 1, k: 2, rows: 3, queries: 30, candidates: 20 };
  const found = await findNeighbours(features, splits, options);
  expect(found.candidates).toMatchObject({ count: 20, outOf: 60 });
  expect(found.queries).toMatchObject({ count: 30, outOf: 40 });
  expect(found.rows.map((row) => row.class)).toEqual(CLASSES);
  expect(await findNeighbours(features, splits, options)).toEqual(found);
  const other = await findNeighbours(features, splits, { ...options, seed: 2 });
  expect(other.rows.map((row) => row.image)).not.toEqual(found.rows.map((row) => row.image));
  // positions are those in the whole sets: the pictures show it
  const shown = await shownNeighbours(found, splits);
  for (const [r, { image, neighbours }] of found.rows.entries()) {
    const { query, neighbours: lists } = shown.rows[r]!;
    expect([...query.picture.data]).toEqual([...(await splits.test.read([image]))]);
    expect(query.picture.label).toBe(CLASSES[splits.test.labels![image]!]);
    for (const [f, name] of ['all', 'top'].entries()) {
      for (const [i, near] of neighbours[name]!.entries()) {
        expect(lists[f]![i]).toMatchObject(near);
        expect([...lists[f]![i]!.picture.data]).toEqual([...(await splits.train.read([near.image]))]);
      }
    }
  }
  expect(shown.figures).toMatchObject({ queries: 30, purity: { chance: found.purity!.chance }, shared: found.shared });
});

test('without labels, with fewer images than neighbours, under one feature', async () => {
  const splits = { train: noise('train', 3), test: noise('test', 2, { labelled: false }) };
  const found = await findNeighbours({ top: features.top! }, splits, { seed: 0 });
  expect(found).toMatchObject({ k: 3, purity: null, shared: [] });
  expect(found.rows.map((row) => [row.class, row.neighbours.top!.length])).toEqual([
    [null, 3],
    [null, 3],
  ]);
  expect((await shownNeighbours(found, splits)).figures).toEqual({ queries: 2, shared: [] });
});

test('images that cannot be read are neither asked for nor found', async () => {
  const whole = noise('train', 12);
  const broken: ImageSource = {
    ...whole,
    unreadable: [0, 1, 2, 3, 4, 5, 6].map((index) => ({ index, name: `${index}.png`, reason: 'no image' })),
  };
  const splits = { train: broken, test: { ...noise('test', 4), unreadable: broken.unreadable!.slice(1, 3) } };
  const before = memory().numTensors;
  const found = await findNeighbours(features, splits, { seed: 0 });
  expect(memory().numTensors).toBe(before);
  expect([found.candidates.count, found.queries.count]).toEqual([5, 2]);
  expect(found.rows.map(({ image }) => image).sort()).toEqual([0, 3]);
  const near = found.rows.flatMap(({ neighbours }) => neighbours.all!.map(({ image }) => image));
  expect([...new Set(near)].sort((a, b) => a - b)).toEqual([7, 8, 9, 10, 11]);
});

test('features that are not finite, or throw, leave nothing behind', async () => {
  const splits = { train: noise('train', 6), test: noise('test', 5) };
  const before = memory().numTensors;
  const lost = { ...features, lost: (images: Tensor4D): Tensor2D => mul(features.all!(images), Number.NaN) };
  await expect(findNeighbours(lost, splits, { seed: 0 })).rejects.toThrow('NaN or infinite values');
  const broken = {
    ...features,
    broken: (): Tensor2D => {
      throw new Error('no such layer');
    },
  };
  await expect(findNeighbours(broken, splits, { seed: 0 })).rejects.toThrow('no such layer');
  expect(memory().numTensors).toBe(before);
});
