import { linear } from '@hcsc/backbones';
import { memorySource } from '@hcsc/data';
import type { ProtoNCELevel } from '@hcsc/losses';
import { createRng } from '@hcsc/random';
import type { MethodBatch } from '@hcsc/train';
import { clone, memory, type Tensor, type Tensor1D, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { mocoFrame } from '../moco-frame.js';
import { type PclOptions, pcl } from './method.js';

const [IMAGES, BATCH, QUEUE, TEMPERATURE] = [80, 6, 9, 0.3];
const CLUSTERS = [10, 16];
const bytes = Uint8Array.from({ length: IMAGES * 4 }, (_, i) => (i * i * 31 + i * 17) % 256);
const source = memorySource(bytes, [2, 2, 1], { name: 'noise' });

function parts() {
  const rng = createRng(1);
  const encoder = sequential({ layers: [layers.flatten({ inputShape: [2, 2, 1] })] });
  return { encoder, head: linear({ units: 3, rng: rng.fork('head') }), rng, queue: QUEUE, momentum: 0.9 };
}

const rows = (tensor: Tensor) => tensor.arraySync() as number[][];
const numbers = (tensor: Tensor) => [...tensor.dataSync()];
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const average = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
/** What is read of tensors that live no longer. */
function tidied<T>(read: () => T): T {
  let found!: T;
  tidy(() => {
    found = read();
  });
  return found;
}
const contrast = (positive: number, negatives: number[]) =>
  -Math.log(Math.exp(positive) / [positive, ...negatives].reduce((sum, x) => sum + Math.exp(x), 0));

/** What the queries of a level are pushed away from, and how they are: the formula, one query and prototype at a time. */
function slowProtoNCE(queries: number[][], level: ProtoNCELevel, mode: 'paper' | 'reference'): number {
  const [c, phi, own] = [rows(level.centroids), numbers(level.concentration), numbers(level.positives)];
  const drawn = level.negatives && numbers(level.negatives);
  const ids = [...c.keys()];
  return average(
    queries.map((query, i) => {
      const logit = (id: number) => dot(query, c[id]!) / phi[id]!;
      const others = own.filter((_, row) => row !== i);
      const nobodys = drawn ?? ids.filter((id) => !own.includes(id));
      const any = (drawn ?? ids).filter((id) => id !== own[i]);
      const negatives = mode === 'paper' ? any : [...others, ...nobodys];
      return contrast(logit(own[i]!), negatives.map(logit));
    }),
  );
}

test.each([
  ['paper', 5],
  ['reference', 5],
  ['paper', 16_000],
  ['reference', 16_000],
] as const)('mode %s, at most %i negatives: the loss of a step is that of its own tensors', async (mode, negatives) => {
  const before = memory().numTensors;
  const options: Omit<PclOptions, 'encoder' | 'head' | 'rng'> = {
    ...{ temperature: TEMPERATURE, warmupEpochs: 1, clusters: CLUSTERS, negatives },
    ...(mode === 'reference' && { mode }),
  };
  const method = pcl({ ...parts(), ...options });
  expect(method.options).toMatchObject({ clusters: CLUSTERS, negatives, mode, temperature: TEMPERATURE, queue: QUEUE });
  const context = (epoch: number) => ({ epoch, epochs: 3, source, prepare: clone, rng: createRng(epoch) });
  const frame = mocoFrame(parts());
  const indices = tensor1d([3, 71, 20, 20, 8, 55], 'int32');
  const views = [1, 2].map((seed) => createRng(seed).uniformTensor([BATCH, 2, 2, 1]) as Tensor4D);
  const batch = (seed: number): MethodBatch => ({ indices, keyIndices: indices, labels: null, rng: createRng(seed) });
  const step = (seed: number) =>
    tidied(() => {
      const targets = method.targets(views, batch(seed));
      const { total, parts } = method.loss(views, targets, batch(seed));
      const queries = rows(frame.encodeQuery(views[0]!));
      const keys = rows(targets.keys);
      const queue = rows(frame.queue.keys);
      const instance = average(
        queries.map((query, i) =>
          contrast(
            dot(query, keys[i]!) / TEMPERATURE,
            queue.map((key) => dot(query, key) / TEMPERATURE),
          ),
        ),
      );
      const prototypes = targets.levels?.map((level) => slowProtoNCE(queries, level, mode)) ?? null;
      const drawn = targets.levels?.map((level) => level.negatives && numbers(level.negatives));
      const positives = targets.levels?.map((level) => numbers(level.positives));
      return { total: numbers(total)[0]!, parts: Object.keys(parts), instance, prototypes, drawn, positives };
    });

  expect(await method.beforeEpoch!(context(0))).toEqual({});
  expect([method.hierarchy, method.traceKey!()]).toEqual([null, 0]);
  const plain = step(4);
  expect(plain.prototypes).toBeNull();
  expect(plain.total).toBeCloseTo(plain.instance, 4);
  expect(plain.parts).not.toContain('protoNCE');

  expect(Object.keys(await method.beforeEpoch!(context(1)))).toEqual(['used1', 'used2']);
  expect(method.hierarchy!.levels.map(({ centroids }) => centroids.shape)).toEqual([[CLUSTERS[0], 3]]);
  const [first, second] = [step(4), step(5)];
  for (const { total, parts, instance, prototypes, drawn, positives } of [first, second]) {
    expect(parts.slice(-2)).toEqual(['infoNCE', 'protoNCE']);
    expect(prototypes).toHaveLength(2);
    expect(total).toBeCloseTo(instance + average(prototypes!), 4);
    // Of 10 prototypes 6 images may leave 4 that are nobody's, which is fewer than 5; of 16 it is 10.
    const few = mode === 'paper' ? 5 : null;
    expect(drawn!.map((ids) => ids?.length ?? null)).toEqual(negatives === 5 ? [few, 5] : [null, null]);
    for (const [m, ids] of mode === 'paper' ? [] : drawn!.entries()) {
      for (const id of ids ?? []) expect(positives![m]).not.toContain(id);
    }
  }
  if (negatives === 5) expect(second.drawn).not.toEqual(first.drawn);

  // Everything a checkpoint has.
  const { tensors, values } = method.state();
  const other = pcl({ ...parts(), ...options });
  other.restore({ tensors, values });
  expect(other.traceKey!()).toBe(1);
  const [kept, again] = [method, other].map((each) => Object.entries(each.state().tensors));
  expect(again!.map(([name, tensor]) => [name, numbers(tensor)])).toEqual(
    kept!.map(([name, tensor]) => [name, numbers(tensor)]),
  );
  for (const each of [method, other, frame, indices as Tensor1D, ...views]) each.dispose();
  expect(memory().numTensors).toBe(before);
});

test.each([0, -1, 2.5, Number.NaN])('refuses to draw %d negatives, and leaves nothing behind', (negatives) => {
  const made = parts();
  const before = memory().numTensors;
  expect(() => pcl({ ...made, negatives })).toThrow(
    new RangeError(`Cannot draw ${negatives} prototypes as negatives: give an integer of at least 1`),
  );
  expect(memory().numTensors).toBe(before);
  made.encoder.dispose();
});
