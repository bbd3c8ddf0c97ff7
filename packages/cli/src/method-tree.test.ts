import type { ImageSource } from '@hcsc/data';
import { hierarchicalKMeans } from '@hcsc/kmeans';
import type { Method } from '@hcsc/train';
import { div, memory, norm, reshape, type Tensor, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { methodTree } from './method-tree.js';

const N = 60;
const CLASSES = ['Bag', 'Boot'];

/** Images of 2 × 2 grey pixels, no two alike in direction. */
const bytes = Uint8Array.from({ length: N * 4 }, (_, i) => 1 + ((i * i * 31 + i * 17) % 255));
const source = {
  length: N,
  shape: [2, 2, 1],
  classes: CLASSES,
  labels: Uint8Array.from({ length: N }, (_, i) => i % 2),
  read: async (indices: ArrayLike<number>) =>
    Uint8Array.from(Array.from(indices).flatMap((i) => [...bytes.subarray(4 * i, 4 * i + 4)])),
} as unknown as ImageSource;

function embed(images: Tensor): Tensor2D {
  const rows = reshape(images, [-1, 4]);
  return div(rows, norm(rows, 'euclidean', 1, true));
}

test.each([
  { options: {}, left: 8 },
  { options: { smallClusters: 'drop' } as const, left: 0 },
])('a prototype stands with its nearest images, and the classes of all of them: %o', async ({ options, left }) => {
  const before = memory().numTensors;
  const raw = tensor2d(Float32Array.from(bytes), [N, 4]);
  const features = tidy(() => embed(raw));
  const hierarchy = await hierarchicalKMeans(features, [6, 2], options);
  const [points, made] = [features.arraySync(), memory().numTensors];
  const method = { hierarchy, embed } as unknown as Method;
  const tree = await methodTree(method, source, (images) => images);
  expect(memory().numTensors).toBe(made);

  const nodes = tree!.roots.flatMap((root) => [root, ...root.children]);
  const alive = hierarchy.levels.flatMap((level) => [...(level.alive?.dataSync() ?? [])]);
  expect(nodes.length).toBe(left || alive.filter((flag) => flag === 1).length);
  if (left === 0) expect(nodes.length).toBeLessThan(8);
  for (const { level, id, count, images, labels } of nodes) {
    const { centroids, assignments } = hierarchy.levels[level]!;
    const centroid = centroids.arraySync()[id]!;
    const similarity = (image: number) => points[image]!.reduce((sum, value, j) => sum + value * centroid[j]!, 0);
    const members = [...assignments.dataSync().entries()].filter(([, prototype]) => prototype === id).map(([i]) => i);
    expect(count).toBe(members.length);
    const nearest = members.sort((a, b) => similarity(b) - similarity(a)).slice(0, 8);
    expect(images.map((image) => [...image.data])).toEqual(nearest.map((i) => [...bytes.subarray(4 * i, 4 * i + 4)]));
    for (const [label, name] of CLASSES.entries()) {
      expect(labels?.[name] ?? 0).toBe(members.filter((image) => image % 2 === label).length);
    }
  }
  hierarchy.dispose();
  raw.dispose();
  features.dispose();
  expect(memory().numTensors).toBe(before);
});

test.each([
  [8 * 4 * 3, 3],
  [8 * 4 * 3 - 1, 2],
  [8 * 4 - 1, 0],
])('pictures of %i bytes at most: no prototype has more than %i', async (mostBytes, most) => {
  const raw = tensor2d(Float32Array.from(bytes), [N, 4]);
  const features = tidy(() => embed(raw));
  const hierarchy = await hierarchicalKMeans(features, [6, 2]);
  const method = { hierarchy, embed } as unknown as Method;
  const tree = await methodTree(method, source, (images) => images, mostBytes);
  const nodes = tree!.roots.flatMap((root) => [root, ...root.children]);
  expect(nodes.map(({ images }) => images.length)).toEqual(nodes.map(({ count }) => Math.min(count, most)));
  // Classes are those of all its images.
  const classified = nodes.map(({ labels }) => Object.values(labels!).reduce((sum, images) => sum + images, 0));
  expect(classified).toEqual(nodes.map(({ count }) => count));
  for (const each of [hierarchy, raw, features]) each.dispose();
});

test('no hierarchy, no embedding: no tree', async () => {
  expect(await methodTree({ embed } as unknown as Method, source, (images) => images)).toBeNull();
});
