import { mlp, resnet } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { allNegatives, debiasedNegatives, selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { testMethod } from '@hcsc/testing';
import type { MethodContext } from '@hcsc/train';
import { getBackend, memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { cgh } from './cgh/method.js';
import { tinyContexts } from './cgh/tiny-contexts.fixture.js';
import { hcsc } from './hcsc/method.js';
import { moco } from './moco-v2/method.js';
import { pcl } from './pcl/method.js';
import { simclr } from './simclr/method.js';

const networks = ({ rng, imageShape }: MethodContext) => ({
  encoder: resnet({ blocks: [1], widths: [3], stem: 'cifar', inputShape: imageShape, rng: rng.fork('encoder') }),
  head: mlp({ hidden: 8, units: 6, rng: rng.fork('head') }),
});
// A queue that no number of batches fills exactly.
const parts = (context: MethodContext) => ({ ...networks(context), rng: context.rng, queue: 19, momentum: 0.9 });

/** Of 32 images: in most batches of 8 there are some that are partners. */
const paired = { pairs: 40 };
/** More points to compare slopes at: rows of both views in one batch norm are near many corners. */
const longer = { stepsPerEpoch: 4 };

testMethod('SimCLR', (context) => simclr(networks(context)), longer);
testMethod('SimCLR on pairs', (context) => simclr({ ...networks(context), pairs: context.pairs }), {
  ...longer,
  ...paired,
});
testMethod(
  'SimCLR on pairs, all partners of a batch being positives',
  (context) => simclr({ ...networks(context), pairs: context.pairs, partners: 'positive' }),
  { ...longer, ...paired },
);
testMethod('MoCo v2', (context) => moco(parts(context)));
testMethod('MoCo v2 on pairs', (context) => moco({ ...parts(context), pairs: context.pairs }), paired);
testMethod('HCSC', (context) =>
  hcsc({
    ...{ ...parts(context), warmupEpochs: 1, clusters: [8, 4, 2] },
    ...{ instanceSampler: selectiveInstances(), prototypeSampler: selectivePrototypes() },
  }),
);
testMethod(
  'HCSC in the official arithmetic, without small clusters',
  (context) =>
    hcsc({
      ...{ ...parts(context), warmupEpochs: 0, clusters: [6, 3], mode: 'reference', assignment: 'tree' },
      ...{ smallClusters: 'drop', warmStart: true },
      ...{ instanceSampler: selectiveInstances(), prototypeSampler: selectivePrototypes() },
    }),
  { epochs: 2, images: 72 },
);
// Of a batch of 8, all of the 8 prototypes are taken, and some of the 20 drawn.
testMethod('PCL', (context) => pcl({ ...parts(context), warmupEpochs: 1, clusters: [8, 20], negatives: 5 }));
testMethod(
  'PCL in the official arithmetic',
  (context) =>
    pcl({ ...parts(context), warmupEpochs: 0, clusters: [20], negatives: 5, mode: 'reference', warmStart: true }),
  { epochs: 2 },
);

testMethod('CGH that warms up, with centers and local views', (context) =>
  cgh({ ...tinyContexts(context), warmupSteps: 2 * context.stepsPerEpoch + 1, center: true, localViews: 1 }),
);
// Parts of the same, which one backend is enough for.
if (getBackend() === 'cpu') {
  testMethod('CGH', (context) => cgh(tinyContexts(context)));
  testMethod('ReSSL', (context) => cgh(tinyContexts(context, false)));
  testMethod('CGH in one direction', (context) =>
    cgh({
      ...{ ...tinyContexts(context), directions: [{ teacher: 'global', student: 'hypercolumn' }] },
      warmupSteps: context.stepsPerEpoch,
    }),
  );
}

test('HCSC refuses samplers whose weights it would ignore', () => {
  const context = { rng: createRng(0), imageShape: [8, 8, 1] } as unknown as MethodContext;
  const made = parts(context);
  const before = memory().numTensors;
  for (const samplers of [
    { instanceSampler: debiasedNegatives(), prototypeSampler: allNegatives() },
    { instanceSampler: allNegatives(), prototypeSampler: debiasedNegatives() },
  ]) {
    expect(() => hcsc({ ...made, ...samplers })).toThrow(
      new TypeError('Cannot train HCSC with debiasedNegatives: its losses take keep-masks, and would ignore weights'),
    );
  }
  expect(memory().numTensors).toBe(before);
  made.encoder.dispose();
});
