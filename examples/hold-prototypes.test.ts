import { memorySource } from '@hcsc/data';
import { type Hierarchy, heldHierarchy, hierarchicalKMeans } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';
import { clone, div, memory, norm, reshape, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { holdPrototypes } from './hold-prototypes.js';

const IMAGES = 1500;
const bytes = Uint8Array.from({ length: IMAGES * 4 }, (_, i) => 1 + ((i * i * 31 + i * 17) % 255));
const source = memorySource(bytes, [2, 2, 1], { name: 'noise' });
const embed = (images: Tensor4D) =>
  tidy(() => {
    const rows = reshape(images, [-1, 4]);
    return div(rows, norm(rows, 'euclidean', 1, true)) as Tensor2D;
  });
const numbers = ({ levels }: Hierarchy) => levels.map(({ centroids }) => [...centroids.dataSync()]);

test('an interruption is seen while images are embedded, and what was held stays', async () => {
  const before = memory().numTensors;
  const held = heldHierarchy();
  const context = { epoch: 0, epochs: 2, source, prepare: clone, rng: createRng(0) };
  const cluster = (features: Tensor2D) => hierarchicalKMeans(features, [4]);
  const { used1 } = await holdPrototypes(held, context, { embed, warmStart: false, cluster });
  expect(used1).toBe(1);
  const [first, kept] = [numbers(held.current!), memory().numTensors];

  const controller = new AbortController();
  let batches = 0;
  const interrupted = (images: Tensor4D) => {
    batches++;
    // As a signal comes, which waits for the system.
    if (batches === 1) setImmediate(() => controller.abort(new Error('enough')));
    return embed(images);
  };
  const again = holdPrototypes(
    held,
    { ...context, signal: controller.signal },
    {
      ...{ embed: interrupted, warmStart: false },
      cluster: () => Promise.reject(new Error('clustered all the same')),
    },
  );
  await expect(again).rejects.toThrow('enough');
  expect(batches).toBeLessThan(4);
  expect([numbers(held.current!), memory().numTensors]).toEqual([first, kept]);
  held.dispose();
  expect(memory().numTensors).toBe(before);
});
