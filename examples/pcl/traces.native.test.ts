import { expect, test } from 'vitest';
import { expectTwoTraces } from '../traced-run.fixture.js';
import { pcl } from './method.js';

test.each([1, 2])(
  'a step of %i parts is traced once without prototypes and once with them',
  async (parts) => {
    // Of the 12 prototypes all are taken, of the 50 some are drawn.
    const clustering = { warmupEpochs: 1, clusters: [12, 50], negatives: 8 };
    const { epochs } = await expectTwoTraces((frame) => pcl({ ...frame, ...clustering }), parts);
    expect(epochs.map(({ before }) => Object.keys(before).filter((name) => name.startsWith('used')))).toEqual([
      [],
      ...new Array(3).fill(['used1', 'used2']),
    ]);
    for (const { before } of epochs.slice(1)) {
      for (const share of [before.used1!, before.used2!]) expect(share > 0 && share <= 1).toBe(true);
    }
  },
  300_000,
);
