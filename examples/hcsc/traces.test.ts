import { curriculum, hardestNegatives, ramp, selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { getBackend } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectTwoTraces } from '../traced-run.fixture.js';
import { hcsc } from './method.js';

/** Another sampler from the third epoch on. */
const instanceSampler = curriculum([
  { until: 0.4, sampler: selectiveInstances() },
  { until: 1, sampler: hardestNegatives({ k: ramp(30, 5) }) },
]);

// The cpu backend is slow.
test.each(getBackend() === 'cpu' ? [1] : [1, 2])(
  'a step of %i parts is traced once without prototypes and once with them',
  async (parts) => {
    const clustering = { warmupEpochs: 1, clusters: [16, 6, 3], smallClusters: 'drop' } as const;
    const samplers = { instanceSampler, prototypeSampler: selectivePrototypes() };
    const { alive } = await expectTwoTraces((frame) => hcsc({ ...frame, ...clustering, ...samplers }), parts);
    // Not as many prototypes are alive in each epoch, or the test would show little.
    expect(new Set(alive.map(String)).size).toBeGreaterThan(1);
  },
  300_000,
);
