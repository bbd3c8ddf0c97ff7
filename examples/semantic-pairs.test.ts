import { mlp, resnet } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import type { MethodBatch, MethodContext } from '@hcsc/train';
import { dispose, type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, onTestFinished, test } from 'vitest';
import { mocoFrame } from './moco-frame.js';
import { moco } from './moco-v2/method.js';
import { simclr } from './simclr/method.js';

const TEMPERATURE = 0.3;
/** Of 10 images, 3 and 5 belong together, 5 and 8, 1 and 6. */
const pairs: MinedPairs = {
  images: 10,
  pairs: Int32Array.of(3, 5, 5, 8, 1, 6),
  similarities: new Float32Array(3).fill(0.98),
  duplicates: new Int32Array(0),
};
const together = (i: number, j: number) =>
  i === j || ['3 5', '5 8', '1 6'].some((pair) => pair === `${i} ${j}` || pair === `${j} ${i}`);

const parts = () => {
  const rng = createRng(0);
  return {
    encoder: resnet({ blocks: [1], widths: [3], stem: 'cifar', inputShape: [8, 8, 1], rng: rng.fork('encoder') }),
    head: mlp({ hidden: 6, units: 5, rng: rng.fork('head') }),
  };
};
const ints = (values: readonly number[]) => tensor1d([...values], 'int32') as Tensor1D;
const batchOf = (indices: number[], keyIndices: number[]): MethodBatch => {
  const batch = { indices: ints(indices), keyIndices: ints(keyIndices), labels: null, rng: createRng(1) };
  onTestFinished(() => dispose([batch.indices, batch.keyIndices]));
  return batch;
};
const views = (n: number) => {
  const rng = createRng(2);
  const made = [rng.uniformTensor([n, 8, 8, 1]), rng.uniformTensor([n, 8, 8, 1])] as const;
  onTestFinished(() => dispose([...made]));
  return made as never as Parameters<ReturnType<typeof simclr>['loss']>[0];
};
const read = (mask: Tensor2D | undefined) => mask?.arraySync();
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

// Items: 3 with itself, the pair (5, 3), 1 with itself, the pair (1, 6), 0 with itself.
const [first, second] = [
  [3, 5, 1, 1, 0],
  [3, 3, 1, 6, 0],
];

test('NT-Xent: neither an image nor its partners are among its negatives; the positive is the other view of the item', () => {
  const method = simclr({ ...parts(), temperature: TEMPERATURE, pairs });
  const batch = batchOf(first, second);
  const targets = method.targets(views(5), batch);
  const rows = [...first, ...second];
  expect(read(targets.keep)).toEqual(rows.map((i) => rows.map((j) => (together(i, j) ? 0 : 1))));
  expect(targets.positives).toBeUndefined();
  const { total, features } = method.loss(views(5), targets, batch);
  // The rows of both views, which the method gives for one view at a time.
  const swapped = method.loss(views(5).toReversed(), targets, batch);
  const unit = [...(features!.arraySync() as number[][]), ...(swapped.features!.arraySync() as number[][])];
  const losses = rows.map((i, a) => {
    const logit = (b: number) => Math.exp(dot(unit[a]!, unit[b]!) / TEMPERATURE);
    const partner = (a + 5) % 10;
    const negatives = rows.reduce((sum, j, b) => (b === partner || together(i, j) ? sum : sum + logit(b)), 0);
    return -Math.log(logit(partner) / (logit(partner) + negatives));
  });
  expect(total.dataSync()[0]).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 10, 4);
  method.dispose();
});

test('NT-Xent: partners can be positives as well', () => {
  const method = simclr({ ...parts(), pairs, partners: 'positive' });
  const { keep, positives } = method.targets(views(5), batchOf(first, second));
  const rows = [...first, ...second];
  expect(read(positives)).toEqual(rows.map((i, a) => rows.map((j, b) => (a !== b && together(i, j) ? 1 : 0))));
  expect(keep).toBeUndefined();
  positives!.dispose();
  method.dispose();
});

test("MoCo's queue: keys of an image and of its partners are no negatives, for as long as they stand in it", () => {
  const options = { ...parts(), rng: createRng(3), queue: 7, pairs };
  const method = moco(options);
  const queries = [3, 5, 8, 1, 6, 0];
  const kept = () => {
    const { keys, keep } = method.targets(views(6), batchOf(queries, queries));
    keys.dispose();
    const rows = read(keep);
    keep!.dispose();
    return rows;
  };
  expect(kept()).toEqual(queries.map(() => new Array(7).fill(1))); // no image's yet
  const enqueue = (images: number[]) => {
    const keys = tensor2d(images.map(() => [1, 0, 0, 0, 0]));
    method.afterStep!(
      { keys },
      batchOf(
        images.map(() => 9),
        images,
      ),
    );
    keys.dispose();
  };
  enqueue([5, 3, 0, 6, 2]);
  expect(kept()).toEqual(queries.map((i) => [5, 3, 0, 6, 2, -1, -1].map((j) => (j >= 0 && together(i, j) ? 0 : 1))));
  enqueue([8, 1, 4]);
  const now = [4, 3, 0, 6, 2, 8, 1];
  expect(kept()).toEqual(queries.map((i) => now.map((j) => (together(i, j) ? 0 : 1))));

  // The images are part of the state.
  const state = method.state();
  const again = moco({ ...options, ...parts(), rng: createRng(4) });
  again.restore(state);
  const { keys, keep } = again.targets(views(6), batchOf(queries, queries));
  expect(read(keep)).toEqual(queries.map((i) => now.map((j) => (together(i, j) ? 0 : 1))));
  dispose([keys, keep!]);
  const { 'queue/images': _, ...tensors } = state.tensors;
  expect(() => again.restore({ ...state, tensors })).toThrow(
    'Cannot restore queue/images: needed shape [7], found noth',
  );
  again.dispose();
  method.dispose();
});

test('without pairs MoCo keeps all of its queue, and holds no images', () => {
  const frame = mocoFrame({ ...parts(), rng: createRng(3), queue: 7 });
  expect(frame.keepStrangers(ints([1]))).toBeUndefined();
  expect(Object.keys(frame.state().tensors)).not.toContain('queue/images');
  frame.dispose();
});

test('a method is built with or without pairs from the same weights', () => {
  const context = { rng: createRng(5), imageShape: [8, 8, 1] } as unknown as MethodContext;
  const built = [null, pairs].map((given) => moco({ ...parts(), rng: context.rng, queue: 7, pairs: given }));
  const [plain, paired] = built.map(({ parameters }) => parameters.map(({ variable }) => [...variable.dataSync()]));
  expect(paired).toEqual(plain);
  for (const method of built) method.dispose();
});
