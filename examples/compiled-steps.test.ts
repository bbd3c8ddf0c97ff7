import { mlp, resnet } from '@hcsc/backbones';
import { memorySource, mocoV2 } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import {
  belowSimilarity,
  both,
  curriculum,
  either,
  hardestNegatives,
  ramp,
  selectiveInstances,
  selectivePrototypes,
  semiHardNegatives,
  uniformNegatives,
} from '@hcsc/samplers';
import { type Method, sgd, trainStep } from '@hcsc/train';
import { clone, getBackend, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { cgh } from './cgh/method.js';
import { tinyContexts } from './cgh/tiny-contexts.fixture.js';
import { hcsc } from './hcsc/method.js';
import { moco } from './moco-v2/method.js';
import { pcl } from './pcl/method.js';

// The cpu backend is slow, and runs a compiled step as it is.
const [STEPS, CLUSTERED] = getBackend() === 'cpu' ? [2, 1] : [20, 7];
const [IMAGES, BATCH] = [96, 16];
const SHAPE = [10, 10, 3] as const;
const bytes = Uint8Array.from(
  { length: IMAGES * 300 },
  (_, i) => ((i >> 6) * 97 + (i & 63) * 31 + ((i * i) >> 3)) % 256,
);
const source = memorySource(bytes, SHAPE, { name: 'noise' });

function parts() {
  const rng = createRng(0);
  const encoder = resnet({
    ...{ blocks: [1, 1], widths: [4, 8], stem: 'cifar', inputShape: [...SHAPE], rng: rng.fork('encoder') },
    batchNorm: { splits: 2 },
  });
  // A queue that no number of batches fills exactly.
  return { encoder, head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }), rng, queue: 37, momentum: 0.9 };
}

const samplers = { instanceSampler: selectiveInstances(), prototypeSampler: selectivePrototypes() };
/** Samplers that compare anchors with candidates, and change half-way. */
const changing = {
  instanceSampler: curriculum([
    { until: 0.5, sampler: both(uniformNegatives({ keep: ramp(1, 0.5) }), belowSimilarity({ threshold: 0.95 })) },
    { until: 1, sampler: hardestNegatives({ k: ramp(30, 4) }) },
  ]),
  prototypeSampler: either(semiHardNegatives({ quantiles: [0.2, ramp(1, 0.6)] }), uniformNegatives({ keep: 0.2 })),
};
const methods: Record<string, () => Method> = {
  'MoCo v2': () => moco(parts()) as Method,
  HCSC: () => hcsc({ ...parts(), warmupEpochs: 0, clusters: [12, 6, 3], ...samplers }) as Method,
  'HCSC with samplers that change': () =>
    hcsc({ ...parts(), warmupEpochs: 0, clusters: [12, 6, 3], ...changing }) as Method,
  'HCSC without small clusters': () =>
    hcsc({ ...parts(), warmupEpochs: 0, clusters: [12, 6, 3], smallClusters: 'drop', ...samplers }) as Method,
  // All of 12 prototypes are taken, of 40 some are drawn.
  PCL: () => pcl({ ...parts(), warmupEpochs: 0, clusters: [12, 40], negatives: 10 }) as Method,
  'CGH, whose warm-up ends': () =>
    cgh({
      ...tinyContexts({ rng: createRng(0), imageShape: SHAPE }),
      ...{ warmupSteps: CLUSTERED, center: true },
    }) as Method,
};

/** Trains some steps, clusters, and trains the rest; everything that is left, as numbers. */
async function train(make: () => Method, compile: boolean) {
  const method = make();
  const optimizer = sgd({ learningRate: 0.05 }).create(method.parameters);
  const step = trainStep({ method, views: mocoV2({ size: 10, blur: { p: 0.5 } }), optimizer, compile });
  const rng = createRng(5);
  const images = rng.uniformTensor([BATCH, ...SHAPE]) as Tensor4D;
  const figures: number[][] = [];
  for (let i = 0; i < STEPS; i++) {
    if (i === CLUSTERED && method.beforeEpoch) {
      await method.beforeEpoch({ epoch: 1, epochs: 2, source, prepare: clone, rng: rng.fork('epoch') });
    }
    const indices = Int32Array.from({ length: BATCH }, (_, k) => (k * 5 + i) % IMAGES);
    const batch = { indices, labels: i % 2 === 0 ? null : indices, rng: rng.fork(`step ${i}`) };
    const { loss, parts } = await step.run(images, batch, 0.05 / (1 + i));
    figures.push([loss, ...Object.values(parts)]);
  }
  const { tensors, values } = method.state();
  const state = Object.entries({ ...tensors, ...optimizer.state() });
  const numbers = Object.fromEntries(state.map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));
  for (const each of [step, images, optimizer, method]) each.dispose();
  return { figures, numbers, values };
}

describe('a compiled step', () => {
  test.each(Object.entries(methods))('of %s trains as a plain one does', async (_, make) => {
    const before = memory().numTensors;
    const plain = await train(make, false);
    const compiled = await train(make, true);
    expect(compiled.values).toEqual(plain.values);
    for (const [i, row] of plain.figures.entries()) expect(compiled.figures[i]).toBeAllclose(row, 1e-4);
    expect(Object.keys(compiled.numbers)).toEqual(Object.keys(plain.numbers));
    for (const [name, numbers] of Object.entries(plain.numbers)) {
      expect([name, compiled.numbers[name]!.length]).toEqual([name, numbers.length]);
      expect(compiled.numbers[name]!).toBeAllclose(numbers, 1e-4);
    }
    expect(memory().numTensors).toBe(before);
  });
});
