import { mlp, withHead } from '@hcsc/backbones';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { allNegatives, type NegativeSampler, selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { type Method, sgd, trainStep } from '@hcsc/train';
import { clone, memory, mul, type Tensor4D } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { cgh } from './cgh/method.js';
import { hcsc } from './hcsc/method.js';
import { moco } from './moco-v2/method.js';
import { pcl } from './pcl/method.js';

const [IMAGES, BATCH, STEPS, CLUSTERED] = [24, 8, 5, 2];
const SHAPE = [3, 3, 1] as const;
const bytes = Uint8Array.from({ length: IMAGES * 9 }, (_, i) => (i * i * 31 + i * 7) % 256);
const source = memorySource(bytes, SHAPE, { name: 'noise' });

/** Without batch statistics: whole and parts can agree. */
function parts() {
  const rng = createRng(0);
  const kernelInitializer = initializers.glorotUniform({ seed: 4 });
  const encoder = sequential({
    layers: [
      layers.flatten({ inputShape: [...SHAPE] }),
      layers.dense({ name: 'hidden', units: 6, activation: 'tanh', kernelInitializer }),
    ],
  });
  return { encoder, head: mlp({ hidden: 8, units: 5, rng: rng.fork('head') }), rng, queue: 19, momentum: 0.9 };
}

/** Both contexts are heads on one feature. */
function contexts() {
  const { encoder, head, ...frame } = parts();
  const projector = mlp({ hidden: 7, units: 4, rng: frame.rng.fork('projector'), name: 'projector' });
  const projections = { global: withHead(encoder, head), hypercolumn: withHead(encoder, projector) };
  return { ...frame, encoder, projections };
}

const darker: Transform = (images) => mul(images, 0.8) as Tensor4D;
const plan = views(view(), view(darker));
const clustering = (instanceSampler: NegativeSampler, prototypeSampler: NegativeSampler) =>
  hcsc({ ...parts(), warmupEpochs: 0, clusters: [8, 4, 2], instanceSampler, prototypeSampler }) as Method;
/** Nothing in their steps is random. Rounding differs; prototypes with small temperatures of their own make more of it. */
const methods: readonly (readonly [name: string, make: () => Method, limit: number])[] = [
  ['MoCo v2', () => moco(parts()) as Method, 1e-6],
  ['HCSC with all negatives', () => clustering(allNegatives(), allNegatives()), 1e-5],
  ['PCL with all negatives', () => pcl({ ...parts(), warmupEpochs: 0, clusters: [4, 8] }) as Method, 1e-5],
  ['CGH, warming up', () => cgh({ ...contexts(), warmupSteps: 9 }) as Method, 1e-5],
];

/** Everything that is left after some steps. */
async function train(make: () => Method, accumulate: number, compile: boolean) {
  const method = make();
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 }).create(method.parameters);
  const training = trainStep({ method, views: plan, optimizer, compile, accumulate });
  const rng = createRng(5);
  const rows: number[] = [];
  const figures: Record<string, number>[] = [];
  for (let step = 0; step < STEPS; step++) {
    const own = rng.fork(`step ${step}`);
    if (step === CLUSTERED && method.beforeEpoch) {
      await method.beforeEpoch({ epoch: 0, epochs: 1, source, prepare: clone, rng: own });
    }
    const images = own.uniformTensor([BATCH, ...SHAPE]) as Tensor4D;
    const indices = Int32Array.from({ length: BATCH }, (_, i) => (i * 5 + step) % IMAGES);
    const batch = { indices, labels: null, rng: own };
    const { loss, parts, features } = await training.run(images, batch, 0.05, { features: true });
    expect(features!.shape).toEqual([BATCH, 5]);
    rows.push(...features!.values);
    figures.push({ loss, ...parts, ...method.figures!() });
    images.dispose();
  }
  const { tensors, values } = method.state();
  const state = Object.entries({ ...tensors, ...optimizer.state() });
  const numbers = Object.fromEntries(state.map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));
  for (const each of [training, optimizer, method]) each.dispose();
  return { rows, figures, numbers, values };
}

type Trained = Awaited<ReturnType<typeof train>>;

function expectEqual(given: Trained, expected: Trained, limit: number) {
  expect(given.values).toEqual(expected.values);
  for (const [step, figures] of expected.figures.entries()) {
    expect(Object.keys(given.figures[step]!)).toEqual(Object.keys(figures));
    expect(Object.values(given.figures[step]!)).toBeAllclose(Object.values(figures), 1e-5);
  }
  expect(given.rows).toBeAllclose(expected.rows, 1e-5);
  expect(Object.keys(given.numbers)).toEqual(Object.keys(expected.numbers));
  for (const [name, numbers] of Object.entries(expected.numbers)) {
    const worst = Math.max(...numbers.map((x, i) => Math.abs(given.numbers[name]![i]! - x)));
    expect(worst, name).toBeLessThanOrEqual(limit);
  }
}

describe.each(methods)('%s', (_, make, limit) => {
  test.each([
    [2, false],
    [2, true],
    [4, false],
    [4, true],
  ])('in %s parts (compile: %s) trains as with the whole batch', async (accumulate, compile) => {
    const before = memory().numTensors;
    const whole = await train(make, 1, false);
    expect(whole.figures.at(-1)).toMatchObject({ momentum: 0.9, queue: 1 });
    expectEqual(await train(make, accumulate, compile), whole, limit);
    expect(memory().numTensors).toBe(before);
  });
});

test.each<[string, () => Method]>([
  ['HCSC selects', () => clustering(selectiveInstances(), selectivePrototypes())],
  ['PCL draws', () => pcl({ ...parts(), warmupEpochs: 0, clusters: [4, 16], negatives: 5 }) as Method],
])('%s the negatives of each part, compiled or not', async (_, make) => {
  const before = memory().numTensors;
  const plain = await train(make, 2, false);
  const { keep1, protoNCE } = plain.figures.at(-1)!;
  if (protoNCE === undefined) expect(keep1! > 0 && keep1! < 1).toBe(true);
  expectEqual(await train(make, 2, true), plain, 1e-5);
  expect(memory().numTensors).toBe(before);
});
