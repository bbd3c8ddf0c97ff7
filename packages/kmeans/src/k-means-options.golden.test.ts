import { dispose, memory, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { FAISS_CASES, faissPoints, faissWeights, WIDTH } from './faiss-options.fixture.js';
import { kMeans } from './k-means.js';

test.each(Object.entries(FAISS_CASES))('as faiss: %s', async (_, { n = 60, given = [], weighted, ...rest }) => {
  const { k, iterations = 4, centroids, objective, splits, imbalance, ...options } = rest;
  const before = memory().numTensors;
  const points = tensor2d(faissPoints(n), [n, WIDTH]);
  const initialCentroids = given.length > 0 ? tensor2d([...given], [given.length / WIDTH, WIDTH]) : undefined;
  const weights = weighted ? faissWeights(n) : undefined;
  const found = await kMeans(points, k, { ...options, iterations, initialCentroids, weights });
  expect(found.centroids).toBeAllclose(centroids);
  expect(found.splits).toEqual(splits);
  if (!weighted) {
    expect(found.objective).toBeAllclose(objective);
    expect(found.iterations.map((iteration) => iteration.imbalance)).toBeAllclose(imbalance);
  }
  found.dispose();
  dispose([points, ...(initialCentroids ? [initialCentroids] : [])]);
  expect(memory().numTensors).toBe(before);
});
