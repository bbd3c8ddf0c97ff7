import { mlp, resnet } from '@hcsc/backbones';
import { memorySource } from '@hcsc/data';
import { extractFeatures } from '@hcsc/eval';
import { type HierarchyOptions, hierarchicalKMeans, hierarchyTensors } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { clone, memory, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type HcscOptions, hcsc } from './method.js';

const CLUSTERS = [20, 8, 3];
const bytes = Uint8Array.from({ length: 240 * 64 }, (_, i) => ((i >> 6) * 97 + (i & 63) * 31 + ((i * i) >> 3)) % 256);
const source = memorySource(bytes, [8, 8, 1], { name: 'noise' });

function method(options: Partial<HcscOptions>) {
  const rng = createRng(0);
  const inputShape: [number, number, number] = [8, 8, 1];
  return hcsc({
    encoder: resnet({ blocks: [1], widths: [4], stem: 'cifar', inputShape, rng: rng.fork('encoder') }),
    head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }),
    ...{ rng, queue: 60, momentum: 0.9, warmupEpochs: 0, clusters: CLUSTERS },
    ...{ instanceSampler: selectiveInstances(), prototypeSampler: selectivePrototypes() },
    ...options,
  });
}

const numbers = (tensors: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]));

test.each<[Partial<HcscOptions>, HierarchyOptions]>([
  [{}, {}],
  [
    { smallClusters: 'drop', concentration: { floor: 0.5 } },
    { smallClusters: 'drop', floor: 0.5 },
  ],
  [
    { smallClusters: 'drop', assignment: 'tree', warmStart: true },
    { smallClusters: 'drop', assignment: 'tree' },
  ],
])('the method clusters as it is told: %o', async (options, expected) => {
  const before = memory().numTensors;
  const made = method(options);
  expect(made.options).toMatchObject(options);
  const epoch = (number: number) => ({ epoch: number, epochs: 2, source, prepare: clone, rng: createRng(number) });
  const features = await extractFeatures((images) => made.embed!(images), source);
  const first = await hierarchicalKMeans(features, CLUSTERS, expected);
  const again = options.warmStart ? { ...expected, warmStart: first, iterations: 10 } : expected;
  const second = await hierarchicalKMeans(features, CLUSTERS, again);
  for (const [number, hierarchy] of [first, second].entries()) {
    const { used1 } = await made.beforeEpoch!(epoch(number));
    expect(numbers(hierarchyTensors(made.hierarchy!))).toEqual(numbers(hierarchyTensors(hierarchy)));
    const counts = [...hierarchy.levels[0]!.counts.dataSync()];
    expect(used1).toBe(counts.filter((count) => count > 0).length / 20);
  }
  // What a checkpoint has goes on as it was, dropped prototypes and all.
  const { tensors, values } = made.state();
  const other = method(options);
  other.restore({ tensors, values });
  expect(numbers(hierarchyTensors(other.hierarchy!))).toEqual(numbers(hierarchyTensors(second)));
  for (const each of [made, other, first, second, features]) each.dispose();
  expect(memory().numTensors).toBe(before);
});
