import { linear } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import type { Method, MethodBatch } from '@hcsc/train';
import { memory, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { moco } from './moco-v2/method.js';
import { simclr } from './simclr/method.js';

const [WIDTH, temperature] = [4, 0.3];

/** Being partners is mutual, and not passed on: 0 and 2 are none. */
const pairs: MinedPairs = {
  images: 9,
  pairs: Int32Array.of(0, 1, 1, 2, 5, 4),
  similarities: Float32Array.of(0.98, 0.98, 0.97),
  duplicates: new Int32Array(0),
};
const areTogether = (i: number, j: number) =>
  i === j || ['0 1', '1 2', '4 5'].includes(i < j ? `${i} ${j}` : `${j} ${i}`);

/** Images `[1, 1, 4]` and one linear layer: all that is left of the methods is what is contrasted with what. */
const networks = () => ({
  encoder: sequential({ layers: [layers.flatten({ inputShape: [1, 1, WIDTH] })] }),
  head: linear({ units: 3, rng: createRng(1) }),
});

/** The rows that the layer makes of images, by loops. */
function rowsOf({ parameters }: Method, images: readonly number[][]): number[][] {
  const [kernel, bias] = parameters.map(({ variable }) => variable.arraySync()) as [number[][], number[]];
  return images.map((image) => {
    const row = bias.map((b, unit) => image.reduce((sum, x, i) => sum + x * kernel[i]![unit]!, b));
    return row.map((x) => x / Math.hypot(...row));
  });
}

const rng = createRng(5);
const noise = (n: number) => Array.from({ length: n }, () => Array.from({ length: WIDTH }, () => rng.normal()));
const similarity = (a: readonly number[], b: readonly number[]) =>
  Math.exp(a.reduce((sum, x, i) => sum + x * b[i]!, 0) / temperature);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** An item of a batch: the image of its first view, and of its second. */
type Item = readonly [first: number, second: number];
const column = (items: readonly Item[], view: 0 | 1) => items.map((item) => item[view]);

/** Runs `use` on such a batch, whose views are these. */
function onBatch<T>(
  items: readonly Item[],
  views: readonly number[][][],
  use: (v: Tensor4D[], b: MethodBatch) => T,
): T {
  let result: T;
  tidy(() => {
    const [indices, keyIndices] = ([0, 1] as const).map((view) => tensor1d(column(items, view), 'int32'));
    const tensors = views.map((rows) => tensor4d(rows.flat(), [rows.length, 1, 1, WIDTH]));
    result = use(tensors, { indices: indices!, keyIndices: keyIndices!, labels: null, rng: createRng(0) });
  });
  return result!;
}

const lossOf = (method: Method, items: readonly Item[], views: readonly number[][][]): number =>
  onBatch(items, views, (given, batch) => method.loss(given, method.targets(given, batch), batch).total.dataSync()[0]!);

// 0 and 2 are there in several items, 4 without its partner 5, 3 and 6 alone.
const items: readonly Item[] = [
  [3, 3],
  [0, 1],
  [2, 2],
  [1, 2],
  [4, 4],
  [6, 6],
  [0, 0],
];

test.each(['absent', 'positive'] as const)('SimCLR: other partners in a batch are %s', (partners) => {
  const before = memory().numTensors;
  const method = simclr({ ...networks(), temperature, pairs, partners }) as Method;
  const views = [noise(items.length), noise(items.length)];
  const rows = rowsOf(method, views.flat());
  const ids = [...column(items, 0), ...column(items, 1)];
  const expected = mean(
    rows.map((row, i) => {
      const other = (i + items.length) % rows.length;
      const all = rows.flatMap((_, a) => (a === i ? [] : [a]));
      const isPartner = (a: number) => a !== other && areTogether(ids[i]!, ids[a]!);
      const positives = partners === 'positive' ? all.filter((a) => a === other || isPartner(a)) : [other];
      const seen = partners === 'positive' ? all : all.filter((a) => !isPartner(a));
      const whole = sum(seen.map((a) => similarity(row, rows[a]!)));
      return mean(positives.map((p) => -Math.log(similarity(row, rows[p]!) / whole)));
    }),
  );
  const given = lossOf(method, items, views);
  expect(given).toBeCloseTo(expected, 4);
  // The rule is what makes the difference.
  const plain = simclr({ ...networks(), temperature }) as Method;
  expect(Math.abs(lossOf(plain, items, views) - expected)).toBeGreaterThan(0.01);
  for (const each of [method, plain]) each.dispose();
  expect(memory().numTensors).toBe(before);
});

test('SimCLR: a batch of partners only has no negatives, and no loss', () => {
  const method = simclr({ ...networks(), temperature, pairs }) as Method;
  const loss = lossOf(
    method,
    [
      [0, 1],
      [1, 1],
    ],
    [noise(2), noise(2)],
  );
  expect(loss).toBeCloseTo(0, 6);
  method.dispose();
});

test('MoCo v2: keys of an image or of its partners are no negatives, as long as they are in the queue', () => {
  const before = memory().numTensors;
  const rng = createRng(3);
  const method = moco({ ...networks(), rng, queue: 10, temperature, pairs }) as Method;
  const ring = {
    keys: method.state().tensors.queue!.arraySync() as number[][],
    images: Array(10).fill(-1) as number[],
  };
  let pointer = 0;
  // The ring is overwritten from the fourth batch on.
  const batches: (readonly Item[])[] = [items.slice(0, 3), items.slice(3, 6), items.slice(4, 7), items.slice(0, 4)];
  let left = 0;
  for (const batch of [...batches, ...batches]) {
    const views = [noise(batch.length), noise(batch.length)];
    const [queries, keys] = views.map((view) => rowsOf(method, view)) as [number[][], number[][]];
    const expected = mean(
      queries.map((query, i) => {
        const own = similarity(query, keys[i]!);
        const negatives = ring.keys.filter(
          (_, r) => ring.images[r] === -1 || !areTogether(batch[i]![0], ring.images[r]!),
        );
        left += ring.keys.length - negatives.length;
        return -Math.log(own / (own + sum(negatives.map((key) => similarity(query, key)))));
      }),
    );
    const given = onBatch(batch, views, (tensors, told) => {
      const targets = method.targets(tensors, told);
      const [loss] = method.loss(tensors, targets, told).total.dataSync();
      method.afterStep!(targets, told);
      return loss!;
    });
    expect(given).toBeCloseTo(expected, 4);
    for (const [i, key] of keys.entries()) {
      ring.keys[pointer] = key;
      ring.images[pointer] = batch[i]![1];
      pointer = (pointer + 1) % 10;
    }
    expect(Array.from(method.state().tensors['queue/images']!.dataSync())).toEqual(ring.images);
  }
  expect(left).toBeGreaterThan(5);
  method.dispose();
  expect(memory().numTensors).toBe(before);
});
