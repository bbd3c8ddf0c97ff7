import { infoNCE, ntXent } from '@hcsc/losses';
import { createRng } from '@hcsc/random';
import { batchPositives, debiasedNegatives, partnerTable } from '@hcsc/samplers';
import {
  dispose,
  div,
  norm,
  type Rank,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

const rng = createRng(0);
const unitRows = (n: number): Tensor2D =>
  tidy(() => {
    const rows = rng.normalTensor([n, 6]) as Tensor2D;
    return div(rows, norm(rows, 2, 1, true));
  });
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test('InfoNCE with debiased weights is the debiased contrastive loss', () => {
  const [queries, keys, queue, centroids] = [unitRows(5), unitRows(5), unitRows(40), unitRows(1)];
  const [prior, t] = [0.1, 0.5];
  const level = { centroids, concentration: tensor1d([1]), parents: null, positives: zeros<Rank.R1>([5], 'int32') };
  const request = { candidates: [queue], levels: [level], anchors: queries, keys, rng };
  const [weights] = debiasedNegatives({ classPrior: prior, temperature: t }).weights(request);
  const rows = infoNCE(queries, keys, queue, { weights: weights!, temperature: t, reduction: 'none' });
  const [q, k, n] = [queries, keys, queue].map((each) => each.arraySync());
  const expected = q!.map((query, i) => {
    const positive = Math.exp(dot(query, k![i]!) / t);
    const negative = n!.reduce((sum, row) => sum + Math.exp(dot(query, row) / t), 0);
    const others = Math.max((negative - 40 * prior * positive) / (1 - prior), 40 * Math.exp(-1 / t));
    return -Math.log(positive / (positive + others));
  });
  expect(rows).toBeAllclose(expected, 1e-5);
  dispose([queries, keys, queue, weights!, rows, ...Object.values(level).filter((each) => each !== null)]);
});

test('NT-Xent takes the positives of a batch', () => {
  const [first, second] = [unitRows(4), unitRows(4)];
  // Images 7 and 3 of the set are partners, and so are 3 and 5; the batch holds 3, 1, 7 and 5.
  const partners = partnerTable({ images: 8, pairs: Int32Array.of(7, 3, 3, 5) });
  const indices = tensor1d([3, 1, 7, 5], 'int32') as Tensor1D;
  const positives = batchPositives(indices, partners);
  const pairs = [
    [0, 2],
    [0, 3],
  ] as const;
  const found = ntXent(first, second, { positives, reduction: 'none' });
  const expected = ntXent(first, second, { positives: pairs, reduction: 'none' });
  expect(found).toBeAllclose(expected, 1e-6);
  partners.dispose();
  dispose([first, second, indices, positives, found, expected]);
});
