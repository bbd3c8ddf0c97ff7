import { type Transform, view, views } from '@hcsc/data';
import { createRng, type Rng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import { atEachCall, perCall } from '@hcsc/trace';
import {
  add,
  cast,
  div,
  getBackend,
  mean,
  memory,
  mul,
  neg,
  norm,
  reshape,
  type Scalar,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { deviceStep } from './device-step.js';
import type { Method, MethodBatch } from './method.js';
import { sgd } from './sgd.js';
import { trainStep } from './train-step.js';

const noise: Transform = (images, rng) => tidy(() => add(images, rng.normalTensor(images.shape, 0, 0.1)));
const plan = views(view(noise), view());
const images = (step: number) =>
  tensor4d(
    Float32Array.from({ length: 8 }, (_, i) => Math.sin(i + step)),
    [2, 2, 2, 1],
  );

/** Learns a template; remembers past batches, and counts steps on the host. */
function toy() {
  const template = tidy(() => variable(zeros([2, 2, 1]) as Tensor));
  const memory = tidy(() => variable(zeros([2, 2, 1]) as Tensor, false)) as Variable;
  let steps = 0;
  const batches: MethodBatch[] = [];
  const method: Method<{ past: Tensor; target: Tensor }> = {
    name: 'toy',
    views: 2,
    encoder: null as never,
    parameters: [{ name: 'template', variable: template }],
    targets: ([, second], { rng, indices }) => ({
      past: memory,
      target: mul(add(mean(second!, 0), rng.fork('target').uniformTensor([2, 2, 1])), sum(cast(indices, 'float32'))),
    }),
    loss([first], { past, target }, batch) {
      batches.push(batch);
      const near = mean(square(sub(template, target))) as Scalar;
      const stale = mean(square(sub(template, past))) as Scalar;
      const total = add(add(near, mul(stale, 0.1)), mean(mul(first!, template))) as Scalar;
      return { total, parts: { near, stale, step: perCall(() => steps) } };
    },
    afterStep({ target }) {
      memory.assign(neg(target));
      atEachCall(() => {
        steps += 1;
      });
    },
    state: () => ({ tensors: {}, values: {} }),
    restore() {},
    dispose() {
      template.dispose();
      memory.dispose();
    },
  };
  return { method, template, memory, batches, steps: () => steps };
}

/** Downloads and disposes. */
function read(t: Tensor): number[] {
  const values = Array.from(t.dataSync());
  t.dispose();
  return values;
}

const INDICES = Int32Array.of(2, 5);

test('a step is views, targets, loss, update and hook, each with its own draws', async () => {
  const before = memory().numTensors;
  const { method, template, memory: past, batches, steps } = toy();
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0 }).create(method.parameters);
  const training = trainStep({ method, views: plan, optimizer });
  let [p, b, m] = [new Array<number>(4).fill(0), new Array<number>(4).fill(0), new Array<number>(4).fill(0)];
  const root = createRng(3);
  for (let step = 0; step < 3; step++) {
    const batch = images(step);
    const own = root.fork(`step ${step}`);
    const state = own.state();
    const labels = step === 0 ? null : Int32Array.of(1, 0);
    const { loss, parts } = await training.run(batch, { indices: INDICES, labels, rng: own }, 0.1);
    expect(own.state()).toEqual(state);

    // the same by hand
    const shown = read(tidy(() => plan.apply(batch, own.fork('views'))[0]));
    const shift = read(own.fork('target').uniformTensor([4]));
    const pixels = batch.dataSync();
    const target = p.map((_, i) => ((pixels[i]! + pixels[i + 4]!) / 2 + shift[i]!) * 7);
    const average = (values: number[]) => values.reduce((a, v) => a + v, 0) / values.length;
    const near = average(target.map((t, i) => (p[i]! - t) ** 2));
    const stale = average(m.map((t, i) => (p[i]! - t) ** 2));
    expect(Object.keys(parts)).toEqual(['near', 'stale', 'step']);
    expect([parts.near!, parts.stale!, parts.step!]).toBeAllclose([near, stale, step], 1e-5);
    expect([loss]).toBeAllclose([near + 0.1 * stale + average(shown.map((x, i) => x * p[i % 4]!))], 1e-5);
    const g = p.map((v, i) => (2 * (v - target[i]!) + 0.2 * (v - m[i]!)) / 4 + (shown[i]! + shown[i + 4]!) / 8);
    b = b.map((v, i) => 0.9 * v + g[i]!);
    p = p.map((v, i) => v - 0.1 * b[i]!);
    m = target.map((t) => -t);
    expect(template).toBeAllclose(p, 1e-5);
    expect(past).toBeAllclose(m, 1e-5);
    batch.dispose();
  }
  expect(steps()).toBe(3);
  // one stream for all steps: a compiled step keeps the one it was traced with
  expect(new Set(batches.map(({ rng }) => rng)).size).toBe(1);
  // traced once with labels and once without on native, run three times elsewhere
  const dtypes = batches.map(({ labels }) => labels?.dtype ?? null);
  expect(dtypes.slice(0, 2)).toEqual([null, 'int32']);
  expect(dtypes.length).toBe(getBackend() === 'tensorflow' ? 2 : 3);
  training.dispose();
  optimizer.dispose();
  method.dispose();
  expect(memory().numTensors).toBe(before);
});

/** What the toy shows of itself: in each step the memory moves before the targets are made, and rows are to be watched. */
function watchedToy() {
  const made = toy();
  const method: Method<{ past: Tensor; target: Tensor }> = {
    ...made.method,
    beforeStep: () => made.memory.assign(add(made.memory, 1)),
    loss: (views, targets, batch) => {
      const rows = reshape(views[1]!, [views[1]!.shape[0], -1]);
      return {
        ...made.method.loss(views, targets, batch),
        features: div(rows, norm(rows, 2, 1, true)) as Tensor2D,
      };
    },
    afterStep: undefined,
    figures() {
      throw new Error('figures are for the loop');
    },
  };
  return { ...made, method };
}

test.each([true, false])(
  'what is to move before a step does so once, and features come when asked for (compile: %s)',
  async (compile) => {
    const before = memory().numTensors;
    const { method, memory: past } = watchedToy();
    const optimizer = sgd({ learningRate: 0.1 }).create(method.parameters);
    const training = trainStep({ method, views: plan, optimizer, compile });
    const batch = images(0);
    const pixels = [...batch.dataSync()];
    const rows = [pixels.slice(0, 4), pixels.slice(4)].flatMap((row) => row.map((x) => x / Math.hypot(...row)));
    const run = (options?: { features?: boolean }) =>
      training.run(batch, { indices: INDICES, labels: null, rng: createRng(1) }, 0.1, options);
    expect((await run()).features).toBeNull();
    const { features, parts } = await run({ features: true });
    expect(features!.shape).toEqual([2, 4]);
    expect(features!.values).toBeAllclose(rows, 1e-6);
    // the second step: the memory has moved twice from 0, the template once
    expect([...past.dataSync()]).toEqual([2, 2, 2, 2]);
    expect(parts.stale).toBeGreaterThan(1);
    for (const t of [batch, training, optimizer, method]) t.dispose();
    expect(memory().numTensors).toBe(before);
  },
);

test('a method that watches nothing gives no features', async () => {
  const { method } = toy();
  const optimizer = sgd({ learningRate: 0.1 }).create(method.parameters);
  const training = trainStep({ method, views: plan, optimizer });
  const batch = images(0);
  const own = { indices: INDICES, labels: null, rng: createRng(1) };
  expect((await training.run(batch, own, 0.1, { features: true })).features).toBeNull();
  for (const t of [batch, training, optimizer, method]) t.dispose();
});

test('the device part does the same when it is compiled', () => {
  const before = memory().numTensors;
  const runs = ['plain', 'compiled'].map((how) => {
    const { method, template, steps } = toy();
    const optimizer = sgd({ learningRate: 0.1 }).create(method.parameters);
    const rng = createRng(0);
    const device = deviceStep({ method, views: plan, optimizer, rng });
    const names = new Set<string>();
    const run = (...args: Parameters<typeof device>) => {
      const { values, parts } = device(...args);
      for (const name of parts) names.add(name);
      return values;
    };
    const step = how === 'compiled' ? replayed(run) : run;
    const figures: number[][] = [];
    for (let i = 0; i < 4; i++) {
      rng.restore(createRng(5).fork(`step ${i}`).state());
      const given = [images(i), tensor1d(INDICES, 'int32') as Tensor1D, scalar(0.1 / (i + 1))] as const;
      const places = { indices: given[1], keyIndices: given[1], labels: null };
      const made = step(given[0] as Tensor4D, places, given[2]);
      figures.push(Array.from(made.dataSync()));
      for (const t of [made, ...given]) t.dispose();
    }
    expect([...names]).toEqual(['near', 'stale', 'step']);
    const result = { figures, template: Array.from(template.dataSync()), steps: steps() };
    optimizer.dispose();
    method.dispose();
    return result;
  });
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[0]!.steps).toBe(4);
  expect(memory().numTensors).toBe(before);
});

test('a loss that does not reach a parameter is named, and a step that fails leaves no tensor', async () => {
  const { method, template } = toy();
  const aside = tidy(() => variable(zeros([1]) as Tensor));
  const parameters = [...method.parameters, { name: 'aside', variable: aside }];
  const optimizer = sgd({ learningRate: 0.1 }).create(parameters);
  const training = trainStep({ method: { ...method, parameters }, views: plan, optimizer });
  const batch = images(0);
  const own: Rng = createRng(1);
  const before = memory().numTensors;
  await expect(training.run(batch, { indices: INDICES, labels: INDICES, rng: own }, 0.1)).rejects.toThrow(
    /toy: the loss does not depend on the parameter aside/,
  );
  const broken = {
    ...method,
    targets: (): { past: Tensor2D; target: Tensor2D } => {
      throw new Error('no targets');
    },
  };
  const failing = trainStep({ method: broken as unknown as Method, views: plan, optimizer });
  await expect(failing.run(batch, { indices: INDICES, labels: null, rng: own }, 0.1)).rejects.toThrow('no targets');
  expect(memory().numTensors).toBe(before);
  expect([...template.dataSync()]).toEqual([0, 0, 0, 0]);
  for (const t of [batch, aside, optimizer, method]) t.dispose();
});
