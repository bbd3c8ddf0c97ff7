import { createRng } from '@hcsc/random';
import { memory, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type LinearProbeOptions, linearProbe, mocoLinearProtocol, stepDecay } from './index.js';

/** Points around one centre per class, each dimension on its own scale. */
function blobs(
  n: number,
  seed: number,
  { classes = 6, scales = [1, 1, 1, 1, 1] as readonly number[], noise = 1 } = {},
) {
  const rng = createRng(seed);
  const centers = createRng(99);
  const width = scales.length;
  const middles = Array.from({ length: classes }, () => scales.map(() => 2 * centers.normal()));
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const values = Array.from(labels).flatMap((label) =>
    scales.map((s, d) => s * (3 + middles[label]![d]! + noise * rng.normal())),
  );
  return { features: tensor2d(values, [n, width]), rows: values, labels, width };
}

/** SGD as in the documentation, one number at a time. */
function slowProbe(
  rows: number[],
  labels: Int32Array,
  width: number,
  classes: number,
  o: Required<
    Pick<LinearProbeOptions, 'epochs' | 'batchSize' | 'learningRate' | 'momentum' | 'weightDecay' | 'schedule'>
  >,
) {
  const n = labels.length;
  const descend = (values: number[], velocity: number[], gradient: number[], rate: number) => {
    gradient.forEach((g, j) => {
      velocity[j] = o.momentum * velocity[j]! + g;
      values[j]! -= rate * velocity[j]!;
    });
  };
  const w: number[] = new Array(width * classes).fill(0);
  const b: number[] = new Array(classes).fill(0);
  const v = w.slice();
  const u = b.slice();
  const losses: number[] = [];
  const rng = createRng(0);
  for (let epoch = 0; epoch < o.epochs; epoch++) {
    const order = rng.permutation(n);
    const rate = o.learningRate * o.schedule(epoch, o.epochs);
    let loss = 0;
    for (let start = 0; start < n; start += o.batchSize) {
      const batch = [...order.slice(start, start + o.batchSize)];
      const gw = w.map((x) => o.weightDecay * x);
      const gb: number[] = b.map(() => 0);
      for (const i of batch) {
        const logits = b.map(
          (bias, c) =>
            bias +
            Array.from({ length: width }, (_, d) => rows[i * width + d]! * w[d * classes + c]!).reduce((x, y) => x + y),
        );
        const top = Math.max(...logits);
        const e = logits.map((x) => Math.exp(x - top));
        const total = e.reduce((x, y) => x + y);
        loss -= Math.log(e[labels[i]!]! / total);
        for (let c = 0; c < classes; c++) {
          const residual = (e[c]! / total - Number(c === labels[i])) / batch.length;
          gb[c]! += residual;
          for (let d = 0; d < width; d++) gw[d * classes + c]! += residual * rows[i * width + d]!;
        }
      }
      descend(w, v, gw, rate);
      descend(b, u, gb, rate);
    }
    losses.push(loss / n);
  }
  const logits = (rows: number[], i: number) =>
    b.map(
      (bias, c) =>
        bias +
        Array.from({ length: width }, (_, d) => rows[i * width + d]! * w[d * classes + c]!).reduce((x, y) => x + y, 0),
    );
  return { w, b, losses, logits };
}

test('agrees with SGD in plain loops: weights, losses, predictions, top-1 and top-5', async () => {
  const train = blobs(50, 1, { noise: 2 });
  const held = blobs(30, 2, { noise: 2 });
  const options = {
    epochs: 4,
    batchSize: 16,
    learningRate: 0.05,
    momentum: 0.8,
    weightDecay: 0.02,
    schedule: stepDecay([2, 3], 0.5),
  };
  const before = memory().numTensors;
  const result = await linearProbe(train.features, train.labels, held.features, held.labels, {
    ...options,
    standardize: false,
  });
  expect(memory().numTensors).toBe(before);
  const slow = slowProbe(train.rows, train.labels, 5, 6, options);
  expect(result.weights).toBeAllclose(slow.w, 1e-4);
  expect(result.bias).toBeAllclose(slow.b, 1e-4);
  expect(result.losses).toBeAllclose(slow.losses, 1e-4);
  const rankings = Array.from(held.labels, (_, i) =>
    slow
      .logits(held.rows, i)
      .map((x, c) => ({ x, c }))
      .sort((p, q) => q.x - p.x)
      .map(({ c }) => c),
  );
  expect([...result.predictions]).toEqual(rankings.map((r) => r[0]));
  expect(result.top1).toBeCloseTo(rankings.filter((r, i) => r[0] === held.labels[i]).length / 30, 12);
  expect(result.top5).toBeCloseTo(rankings.filter((r, i) => r.slice(0, 5).includes(held.labels[i]!)).length / 30, 12);
  expect(result.top1).toBeLessThan(result.top5);
  train.features.dispose();
  held.features.dispose();
});

test('the defaults end where the regularised loss has no slope left', async () => {
  const { features, rows, labels, width } = blobs(240, 3, { noise: 3, scales: [1, 100, 0.01, 5, 1] });
  const { weights, bias } = await linearProbe(features, labels, features, labels, { epochs: 200, batchSize: 240 });
  // In the standardised space, W' = W · deviation · √D and X' = (X − mean) / (deviation · √D).
  const column = (d: number) => Array.from(labels, (_, i) => rows[i * width + d]!);
  const mean = Array.from({ length: width }, (_, d) => column(d).reduce((a, b) => a + b) / 240);
  const scale = mean.map((m, d) => Math.sqrt(width * (column(d).reduce((s, x) => s + (x - m) ** 2, 0) / 240)));
  const gradient = new Array(width * 6).fill(0);
  for (let i = 0; i < 240; i++) {
    const logits = Array.from(
      { length: 6 },
      (_, c) => bias[c]! + mean.reduce((s, _, d) => s + rows[i * width + d]! * weights[d * 6 + c]!, 0),
    );
    const top = Math.max(...logits);
    const e = logits.map((x) => Math.exp(x - top));
    const total = e.reduce((a, b) => a + b);
    for (let c = 0; c < 6; c++)
      for (let d = 0; d < width; d++)
        gradient[d * 6 + c] +=
          ((e[c]! / total - Number(c === labels[i])) * (rows[i * width + d]! - mean[d]!)) / scale[d]! / 240;
  }
  for (let d = 0; d < width; d++)
    for (let c = 0; c < 6; c++) gradient[d * 6 + c] += 1e-5 * weights[d * 6 + c]! * scale[d]!;
  expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(3e-4);
  features.dispose();
});

test('standardised, neither scale nor offset of the features matters; a constant dimension does no harm', async () => {
  const score = async (scales: readonly number[]) => {
    const [train, held] = [blobs(120, 1, { scales, noise: 2 }), blobs(60, 2, { scales, noise: 2 })];
    const result = await linearProbe(train.features, train.labels, held.features, held.labels, { epochs: 10 });
    train.features.dispose();
    held.features.dispose();
    return result;
  };
  const [one, other] = [await score([1, 1, 1, 1]), await score([1e-3, 1e3, 1, 30])];
  expect(other.losses).toBeAllclose(one.losses, 1e-3);
  expect([...other.predictions]).toEqual([...one.predictions]);
  const constant = await score([1, 1, 0, 1]);
  expect(constant.weights.every(Number.isFinite)).toBe(true);
  expect([...constant.weights.subarray(12, 18)]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('the same seed gives the same classifier, another a nearby one', async () => {
  const { features, labels } = blobs(60, 1, { noise: 2 });
  const run = (seed: number) =>
    linearProbe(features, labels, features, labels, { epochs: 3, batchSize: 8, rng: createRng(seed) });
  const [a, again, other] = [await run(0), await run(0), await run(1)];
  expect(again).toEqual(a);
  expect([...other.weights]).not.toEqual([...a.weights]);
  features.dispose();
});

test('two classes, one batch, and progress', async () => {
  const { features, labels } = blobs(40, 1, { classes: 2, noise: 0.3 });
  const told: number[] = [];
  const result = await linearProbe(features, labels, features, labels, {
    epochs: 5,
    batchSize: 1000,
    onEpoch: ({ loss }) => told.push(loss),
  });
  expect(result).toMatchObject({ top1: 1, top5: 1 });
  expect(told).toEqual(result.losses);
  expect(told[0]).toBeCloseTo(Math.log(2), 5);
  expect(told.at(-1)).toBeLessThan(0.3);
  features.dispose();
});

test('the protocol of MoCo learns normalised features', async () => {
  const { features, labels } = blobs(120, 1, { noise: 0.5, scales: [0.1, 0.1, 0.1, 0.1, 0.1] });
  const { top1 } = await linearProbe(features, labels, features, labels, mocoLinearProtocol);
  expect(top1).toBeGreaterThan(0.95);
  features.dispose();
});

describe('bad input is refused, without a tensor left behind', () => {
  const { features, labels } = blobs(30, 1);
  const refused = async (message: RegExp, options: LinearProbeOptions, train: Tensor2D = features, given = labels) => {
    const before = memory().numTensors;
    await expect(linearProbe(train, given, features, labels, options)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  };

  test('options', async () => {
    await refused(/epochs 0/, { epochs: 0 });
    await refused(/batchSize 1.5/, { batchSize: 1.5 });
    await refused(/learningRate -1/, { learningRate: -1 });
    await refused(/momentum 1: give at least 0, below 1/, { momentum: 1 });
    await refused(/weightDecay NaN/, { weightDecay: Number.NaN });
    await refused(/5 classes/, { classes: 5 });
  });

  test('features and labels', async () => {
    await refused(/29 labels/, {}, features, labels.slice(1));
    const narrow = tensor2d(new Float32Array(60), [30, 2]);
    await refused(/5 dimensions .* 2/, {}, narrow);
    const broken = tensor2d([Number.NaN, ...new Array(149).fill(0)], [30, 5]);
    await refused(/NaN/, {}, broken);
    narrow.dispose();
    broken.dispose();
  });

  test('a loss that diverges, an epoch hook that throws', async () => {
    await refused(/loss is (NaN|Infinity) after \d+ epochs/, { learningRate: 1e30, standardize: false, epochs: 20 });
    await refused(/stop/, {
      onEpoch: () => {
        throw new Error('stop');
      },
    });
  });
});
