import { hierarchicalKMeans } from '@hcsc/kmeans';
import { memory, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredRows, slowCosine } from './mining.fixture.js';
import { samePrototype } from './same-prototype.js';
import { own } from './sampler-request.fixture.js';

describe('samePrototype', () => {
  it('pairs all images of a prototype, at each level', async () => {
    const features = clusteredRows(60);
    const hierarchy = await hierarchicalKMeans(own(tensor2d(features.values, [60, 6])), [12, 4]);
    const before = memory().numTensors;
    for (const [level, { assignments }] of hierarchy.levels.entries()) {
      const ids = assignments.dataSync();
      const expected: number[] = [];
      for (let i = 0; i < 60; i++) for (let j = i + 1; j < 60; j++) if (ids[i] === ids[j]) expected.push(i, j);
      const mined = await samePrototype({ level }).mine({ features, hierarchy });
      expect(mined.pairs).toEqual(Int32Array.from(expected));
      expect(mined.similarities).toBeAllclose(
        Array.from({ length: expected.length / 2 }, (_, p) =>
          slowCosine(features, expected[2 * p]!, expected[2 * p + 1]!),
        ),
        1e-6,
      );
    }
    expect(memory().numTensors).toBe(before);
    hierarchy.dispose();
  });

  it('refuses what it cannot look up, and too many pairs', async () => {
    const features = clusteredRows(6);
    const levels = [[0, 1, 0, 1, 1, 1]].map((ids) => ({
      centroids: tensor2d([1, 0, 0, 1], [2, 2]),
      concentration: tensor1d([0.2, 0.2]),
      assignments: tensor1d(ids, 'int32'),
      counts: tensor1d([2, 4], 'int32'),
      parents: null,
    }));
    const [short, wrong] = [tensor1d([0, 1], 'int32'), tensor1d([0, 1, 0, 1, 2, 1], 'int32')];
    const mine = (options: object, hierarchy?: { levels: typeof levels }) =>
      samePrototype(options).mine({ features, ...(hierarchy && { hierarchy }) });
    const prefix = 'Cannot mine positives with samePrototype: ';
    expect(Array.from((await mine({}, { levels })).pairs)).toEqual([0, 2, 1, 3, 1, 4, 1, 5, 3, 4, 3, 5, 4, 5]);
    await expect(mine({})).rejects.toThrow(
      new TypeError(`${prefix}needed hierarchy, what the features were clustered into, got none`),
    );
    await expect(mine({ level: 1 }, { levels })).rejects.toThrow(
      new RangeError(`${prefix}needed a hierarchy with level 1, got 1 levels`),
    );
    await expect(mine({}, { levels: [{ ...levels[0]!, assignments: short }] })).rejects.toThrow(
      new RangeError(`${prefix}needed hierarchy.levels[0].assignments as int32 [6], got int32 [2]`),
    );
    await expect(mine({}, { levels: [{ ...levels[0]!, assignments: wrong }] })).rejects.toThrow(
      new RangeError(`${prefix}hierarchy.levels[0].assignments must be ids from 0 to 1, got 2 at 4`),
    );
    await expect(mine({ maxPairs: 6 }, { levels })).rejects.toThrow(
      new RangeError(`${prefix}needed at most 6 pairs, got 7 at level 0: take a finer level, or raise maxPairs`),
    );
    expect(() => samePrototype({ level: -1 })).toThrow(RangeError);
    expect(() => samePrototype({ maxPairs: 0 })).toThrow(RangeError);
    for (const tensor of [short, wrong]) tensor.dispose();
    for (const level of levels) for (const tensor of Object.values(level)) tensor?.dispose();
  });
});
