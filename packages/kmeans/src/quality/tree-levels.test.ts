import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { dendrogramPurity, hierarchicalKMeans, treeLevels } from '../index.js';

/** 90 unit vectors in the plane, around three directions. */
const angles = Array.from({ length: 90 }, (_, i) => 2 * (i % 3) + 0.4 * Math.sin(78.233 * (i + 1)));
const labels = angles.map((_, i) => i % 3);
const features = () => tensor2d(angles.map((angle) => [Math.cos(angle), Math.sin(angle)]));
const options = { temperature: 0.2, minPointsPerCentroid: 1 };

test('the assignments of a hierarchy that is a tree, and a tree where they are not', async () => {
  const points = features();
  for (const assignment of ['tree', 'nearest'] as const) {
    const hierarchy = await hierarchicalKMeans(points, [12, 6, 3], { ...options, assignment });
    const { numTensors } = memory();
    const levels = await treeLevels(hierarchy);
    expect(memory().numTensors).toBe(numTensors);
    const own = await Promise.all(hierarchy.levels.map((level) => level.assignments.data()));
    expect(levels[0]).toEqual(own[0]);
    if (assignment === 'tree') expect(levels).toEqual(own);
    for (const [l, level] of levels.slice(1).entries()) {
      const parents = await hierarchy.levels[l]!.parents!.data();
      expect([...level]).toEqual(Array.from(levels[l]!, (prototype) => parents[prototype]));
    }
    expect(dendrogramPurity(levels, labels)).toBeGreaterThan(0.99);
    hierarchy.dispose();
  }
  points.dispose();
});
