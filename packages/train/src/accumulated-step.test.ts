import { type Transform, view, views } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { atEachCall } from '@hcsc/trace';
import {
  add,
  cast,
  mean,
  memory,
  mul,
  reshape,
  type Scalar,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clipGradients } from './clip-gradients.js';
import type { Method } from './method.js';
import type { OptimizerFactory } from './optimizer.js';
import { sgd } from './sgd.js';
import { trainStep } from './train-step.js';

const noise: Transform = (images, rng) => tidy(() => add(images, rng.uniformTensor(images.shape)));
const plan = views(view(noise));
const plain = views(view());

interface ToyTargets {
  shift: Tensor1D;
  owned: Tensor1D;
  name: string;
  level: number;
}

/** Learns one number; its memory adds up what the targets were, and the number after the update. */
function toy() {
  const weight = tidy(() => variable(tensor1d([1])));
  const past = tidy(() => variable(tensor1d([0]), false));
  const owned = tensor1d([3]);
  const calls: string[] = [];
  let moved = 0;
  const method: Method<ToyTargets> = {
    name: 'toy',
    views: 1,
    encoder: null as never,
    parameters: [{ name: 'weight', variable: weight }],
    beforeStep: () => atEachCall(() => moved++),
    targets(_, { rng, indices }) {
      atEachCall(() => calls.push('targets'));
      const first = rng.uniformTensor([1]);
      // What a method owns, and what is no tensor, may be among its targets.
      return { shift: add(first, sum(cast(indices, 'float32'))) as Tensor1D, owned, name: 'toy', level: 2 };
    },
    loss([images], { shift }, { labels }) {
      const slope = add(mean(images!), add(shift, mean(cast(labels!, 'float32'))));
      const rows = reshape(images!, [images!.shape[0], 2]) as Tensor2D;
      return { total: sum(mul(weight, slope)) as Scalar, parts: { slope: sum(slope) }, features: rows };
    },
    afterStep({ shift, owned: given, name, level }, { rng, indices }) {
      if (name !== 'toy' || level !== 2) throw new Error('not the targets that were made');
      atEachCall(() => calls.push('after'));
      const drawn = rng.uniformTensor([1]);
      const own = add(add(shift, given), add(drawn, sum(cast(indices, 'float32'))));
      past.assign(add(mul(past, 2), mul(own, weight)) as Tensor1D);
    },
    state: () => ({ tensors: {}, values: {} }),
    restore() {},
    dispose() {
      for (const t of [weight, past, owned]) t.dispose();
    },
  };
  return { method, weight, past, calls, moved: () => moved };
}

const N = 4;
const pixels = Float32Array.from({ length: 2 * N }, (_, i) => Math.sin(3 * i));
const INDICES = Int32Array.of(4, 1, 7, 2);
const LABELS = Int32Array.of(1, 0, 2, 5);
const average = (values: ArrayLike<number>) => Array.from(values).reduce((a, v) => a + v, 0) / values.length;
const total = (values: ArrayLike<number>) => Array.from(values).reduce((a, v) => a + v, 0);

describe.each([false, true])('gradients accumulated over parts (compile: %s)', (compile) => {
  let before: number;
  let images: Tensor4D;
  beforeEach(() => {
    before = memory().numTensors;
    images = tensor4d(pixels, [N, 2, 1, 1]);
  });
  afterEach(() => {
    images.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test.each([2, 4])('%s parts: one move, all targets and losses, one update, all hooks in turn', async (parts) => {
    const { method, weight, past, calls, moved } = toy();
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0 }).create(method.parameters);
    const training = trainStep({ method, views: plan, optimizer, compile, accumulate: parts });
    let [w, b, m] = [1, 0, 0];
    for (let step = 0; step < 3; step++) {
      const own = createRng(7).fork(`step ${step}`);
      const state = own.state();
      const batch = { indices: INDICES, labels: LABELS, rng: own };
      const { loss, parts: figures, features } = await training.run(images, batch, 0.1, { features: true });
      expect(own.state()).toEqual(state);

      // the same by hand
      const size = N / parts;
      const done = Array.from({ length: parts }, (_, p) => {
        const rng = p === 0 ? own : own.fork(`part ${p}`);
        const drawn = rng.fork('views').uniformTensor([size, 2, 1, 1]);
        const shown = Array.from(drawn.dataSync(), (x, i) => x + pixels[p * size * 2 + i]!);
        drawn.dispose();
        const indices = INDICES.subarray(p * size, (p + 1) * size);
        const draws = Array.from({ length: 2 }, () => {
          const t = rng.uniformTensor([1]);
          const [value] = t.dataSync();
          t.dispose();
          return value!;
        });
        const shift = draws[0]! + total(indices);
        const slope = average(shown) + shift + average(LABELS.subarray(p * size, (p + 1) * size));
        return { slope, shown, remembered: shift + 3 + draws[1]! + total(indices) };
      });
      own.restore(state);
      const slope = average(done.map((part) => part.slope));
      expect([loss, figures.slope!]).toBeAllclose([w * slope, slope], 1e-5);
      expect(features!.shape).toEqual([N, 2]);
      expect(features!.values).toBeAllclose(
        done.flatMap(({ shown }) => shown),
        1e-6,
      );
      b = 0.9 * b + slope;
      w -= 0.1 * b;
      for (const { remembered } of done) m = 2 * m + remembered * w;
      expect(weight).toBeAllclose([w], 1e-5);
      expect(past).toBeAllclose([m], 1e-5);
      expect(moved()).toBe(step + 1);
      const turn = [...Array(parts).fill('targets'), ...Array(parts).fill('after')];
      expect(calls.splice(0)).toEqual(turn);
    }
    for (const t of [training, optimizer, method]) t.dispose();
  });

  test('views that were begun elsewhere are taken in parts too; a method need not have hooks', async () => {
    const weights: number[] = [];
    for (const given of [images, [images]]) {
      const { method, weight } = toy();
      const bare = { ...method, beforeStep: undefined, afterStep: undefined } as Method;
      const optimizer = sgd({ learningRate: 0.1 }).create(method.parameters);
      const training = trainStep({ method: bare, views: plain, optimizer, compile, accumulate: 2 });
      await training.run(given, { indices: INDICES, labels: LABELS, rng: createRng(1) }, 0.1);
      weights.push(weight.dataSync()[0]!);
      for (const t of [training, optimizer, method]) t.dispose();
    }
    expect(weights[0]).not.toBe(1);
    expect(weights[1]).toBe(weights[0]);
  });

  test.each([0, 1, 3])('a part that fails (index %s) leaves no tensor and no update', async (failing) => {
    const { method, weight } = toy();
    let part = 0;
    const broken: Method<ToyTargets> = {
      ...method,
      loss(...given) {
        atEachCall(() => {
          if (part++ === failing) throw new Error(`no loss of part ${failing}`);
        });
        return method.loss(...given);
      },
    };
    const optimizer = sgd({ learningRate: 0.1 }).create(method.parameters);
    const training = trainStep({ method: broken as Method, views: plan, optimizer, compile, accumulate: 4 });
    const within = memory().numTensors;
    await expect(training.run(images, { indices: INDICES, labels: LABELS, rng: createRng(1) }, 0.1)).rejects.toThrow(
      `no loss of part ${failing}`,
    );
    expect(memory().numTensors).toBe(within);
    expect([...weight.dataSync()]).toEqual([1]);
    for (const t of [training, optimizer, method]) t.dispose();
  });

  /** One step from weights of 0, of a loss whose gradients are the mean images. */
  async function updateOf(rows: number[][], kind: OptimizerFactory, accumulate: number) {
    const weights = tidy(() => variable(tensor([0, 0])));
    const method = {
      ...{ name: 'linear', views: 1, targets: () => ({}) },
      parameters: [{ name: 'weights', variable: weights }],
      loss: ([x]: readonly Tensor4D[]) => ({
        total: sum(mul(weights, mean(reshape(x!, [-1, 2]), 0))) as Scalar,
        parts: {},
      }),
    } as unknown as Method;
    const optimizer = kind.create(method.parameters);
    const training = trainStep({ method, views: plain, optimizer, compile, accumulate });
    const batch = tensor4d(rows.flat(), [rows.length, 2, 1, 1]);
    const own = { indices: new Int32Array(rows.length), labels: null, rng: createRng(0) };
    await training.run(batch, own, 1);
    const update = Array.from(weights.dataSync(), (x) => -x);
    for (const t of [training, optimizer, batch, weights]) t.dispose();
    return update;
  }

  test('gradients are clipped by the norm of their mean, not of a part or of the sum', async () => {
    const kind = clipGradients(sgd({ learningRate: 1, momentum: 0, weightDecay: 0 }), { norm: 1 });
    // parts of norm 5 and more, a sum of norm 1.6, a mean of norm 0.8: not clipped
    expect(
      await updateOf(
        [
          [5, 0.8],
          [-5, 0.8],
        ],
        kind,
        2,
      ),
    ).toBeAllclose([0, 0.8], 1e-6);
    // a mean of (3, 4): clipped to norm 1
    expect(
      await updateOf(
        [
          [6, 0],
          [2, 8],
          [1, 4],
          [3, 4],
        ],
        kind,
        4,
      ),
    ).toBeAllclose([0.6, 0.8], 1e-5);
  });

  test('a batch that cannot be taken in equal parts is refused, with what fits', async () => {
    const { method, weight, moved } = toy();
    const optimizer = sgd({ learningRate: 0.1 }).create(method.parameters);
    const training = trainStep({ method, views: plan, optimizer, compile, accumulate: 3 });
    await expect(training.run(images, { indices: INDICES, labels: LABELS, rng: createRng(1) }, 0.1)).rejects.toThrow(
      /batch of 4 images in 3 equal parts: accumulate over 1, 2, 4, or .* multiple of 3/,
    );
    expect([moved(), ...weight.dataSync()]).toEqual([0, 1]);
    expect(() => trainStep({ method, views: plan, optimizer, compile, accumulate: 0 })).toThrow(RangeError);
    for (const t of [training, optimizer, method]) t.dispose();
  });
});
