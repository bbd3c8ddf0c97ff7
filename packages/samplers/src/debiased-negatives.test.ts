import { testNegativeSampler } from '@hcsc/testing';
import {
  add,
  div,
  exp,
  grad,
  log,
  matMul,
  mul,
  neg,
  sum,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type DebiasedNegativesOptions, debiasedNegatives } from './debiased-negatives.js';
import type { NegativeRequest } from './negative-sampler.js';
import { own, products, read, samplerRequest } from './sampler-request.fixture.js';

testNegativeSampler('debiasedNegatives', () => debiasedNegatives());
testNegativeSampler('debiasedNegatives with hardness', () => debiasedNegatives({ hardness: 2, temperature: 0.05 }));

const rows = (tensor: Tensor2D) => tensor.arraySync();
const dot = (a: number[], b: number[]) => a.reduce((total, value, i) => total + value * b[i]!, 0);

/** M·g of the papers for one anchor, in float64: what the negatives add to the denominator. */
function slowSum(positive: number, negatives: number[], t: number, prior: number, beta: number): number {
  const m = negatives.length;
  const exps = negatives.map((cosine) => Math.exp(cosine / t));
  const hardness = negatives.map((cosine) => Math.exp((beta * cosine) / t));
  const meanHardness = hardness.reduce((a, b) => a + b, 0) / m;
  const reweighted = exps.reduce((total, value, j) => total + (hardness[j]! / meanHardness) * value, 0);
  return Math.max((reweighted - m * prior * Math.exp(positive / t)) / (1 - prior), m * Math.exp(-1 / t));
}

const cases: Required<DebiasedNegativesOptions>[] = [
  { classPrior: 0.1, hardness: 0, temperature: 0.5 },
  { classPrior: 0.05, hardness: 1, temperature: 0.5 },
  { classPrior: 0, hardness: 0.7, temperature: 0.2 },
  { classPrior: 0.6, hardness: 0, temperature: 0.2 }, // the bound holds for some
];

describe('debiasedNegatives', () => {
  it.each(cases)('gives the sum of the papers: %j', (options) => {
    const asked = samplerRequest({ queue: 12 });
    const { classPrior, hardness, temperature: t } = options;
    const cosines = products(asked.anchors!, asked.candidates[0]!);
    const positives = products(asked.anchors!, asked.keys!).map((row, a) => row[a]!);
    for (const weights of debiasedNegatives(options).weights(asked).map(read)) {
      cosines.forEach((row, a) => {
        const sum = row.reduce((total, cosine, j) => total + weights[a]![j]! * Math.exp(cosine / t), 0);
        expect([sum]).toBeAllclose([slowSum(positives[a]!, row, t, classPrior, hardness)], 2e-5);
      });
    }
  });

  it('weighs everything by 1 without a prior and hardness', () => {
    const weights = debiasedNegatives({ classPrior: 0 }).weights(samplerRequest({ queue: 7 }));
    for (const each of weights) expect(read(each).flat()).toBeAllclose(new Array(28).fill(1), 1e-5);
  });

  it('reaches the bound, and no further', () => {
    const asked = samplerRequest({ queue: 12 });
    const t = 0.2;
    const bound = 12 * Math.exp(-1 / t);
    const [weights] = debiasedNegatives({ classPrior: 0.999, temperature: t }).weights({
      ...asked,
      keys: asked.anchors,
    });
    const cosines = products(asked.anchors!, asked.candidates[0]!);
    const sums = read(weights!).map((row, a) => row.reduce((s, w, j) => s + w * Math.exp(cosines[a]![j]! / t), 0));
    expect(sums).toBeAllclose([bound, bound, bound, bound], 1e-5);
  });

  it.each(cases)('asked within a gradient has the slope of the papers: %j', (options) => {
    const asked = samplerRequest({ queue: 6 });
    const { classPrior, hardness, temperature: t } = options;
    const [anchors, keys, queue] = [asked.anchors!, asked.keys!, asked.candidates[0]!];
    const loss = (points: Tensor) => {
      const [weights] = debiasedNegatives(options).weights({ ...asked, anchors: points as Tensor2D });
      const others = sum(mul(weights!, exp(div(matMul(points as Tensor2D, queue, false, true), t))), 1);
      const positive = div(sum(mul(points, keys), 1), t);
      return sum(add(neg(positive), log(add(exp(positive), others))));
    };
    const slope = tidy(() => grad(loss)(anchors)) as Tensor2D;
    const [a, k, n] = [rows(anchors), rows(keys), rows(queue)];
    const slowLoss = () =>
      a.reduce((total, anchor, i) => {
        const positive = dot(anchor, k[i]!);
        const others = n.map((row) => dot(anchor, row));
        const all = Math.exp(positive / t) + slowSum(positive, others, t, classPrior, hardness);
        return total + Math.log(all) - positive / t;
      }, 0);
    const differences = a.map((row) =>
      row.map((value, d) => {
        const at = (moved: number) => {
          row[d] = moved;
          return slowLoss();
        };
        const difference = (at(value + 1e-5) - at(value - 1e-5)) / 2e-5;
        row[d] = value;
        return difference;
      }),
    );
    expect(read(slope).flat()).toBeAllclose(differences.flat(), 1e-4);
  });

  it('among prototypes leaves out the own and the dropped, with φ as temperatures', () => {
    const { keys: _, ...asked } = samplerRequest();
    const own0 = Array.from(asked.levels[0]!.positives.dataSync());
    const alive = [0, 1, 2, 3, 4, 5, 6, 7].map((j) => (own0.includes(j) || j !== 4 ? 1 : 0));
    const levels = asked.levels.map((level, l) => (l === 0 ? { ...level, alive: own(tensor1d(alive)) } : level));
    const weights = debiasedNegatives({ classPrior: 0.1, hardness: 0.5 })
      .weights({ ...asked, levels })
      .map(read);
    weights.forEach((level, l) => {
      const { positives, concentration, centroids } = asked.levels[l]!;
      const phi = Array.from(concentration.dataSync());
      const cosines = products(asked.anchors!, centroids);
      cosines.forEach((row, a) => {
        const mine = positives.dataSync()[a]!;
        const counts = row.map((_, j) => j !== mine && (l > 0 || alive[j] === 1));
        const z = row.map((cosine, j) => cosine / phi[j]!);
        const others = z.filter((_, j) => counts[j]);
        const m = others.length;
        const hard = others.map((value) => Math.exp(0.5 * value));
        const mean = hard.reduce((s, value) => s + value, 0) / m;
        const all = others.reduce((s, value, i) => s + (hard[i]! / mean) * Math.exp(value), 0);
        const least = phi.reduce((s, each, j) => s + (counts[j] ? Math.exp(-1 / each) : 0), 0);
        const expected = Math.max((all - m * 0.1 * Math.exp(z[mine]!)) / 0.9, least);
        const found = z.reduce((s, value, j) => s + level[a]![j]! * Math.exp(value), 0);
        expect([found]).toBeAllclose([expected], 5e-5);
        expect(level[a]!.filter((weight, j) => !counts[j] && weight !== 0)).toEqual([]);
      });
    });
  });

  it('weighs nothing where there is no other prototype', () => {
    const asked = samplerRequest();
    const alone = { ...asked.levels[1]!, positives: own(tensor1d([0, 0, 0, 0], 'int32')) };
    const request: NegativeRequest = {
      ...asked,
      levels: [{ ...alone, alive: own(tensor1d([1, 0, 0])) }],
      candidates: [alone.centroids],
    };
    const [weights] = debiasedNegatives({ hardness: 1 }).weights(request);
    expect(read(weights!).flat()).toEqual(new Array(12).fill(0));
  });

  it('refuses prototypes whose φ is no temperature', () => {
    const asked = samplerRequest();
    const levels = [{ ...asked.levels[0]!, concentration: own(tensor1d([1, 0, 1, 1, 1, 1, 1, 1])) }, asked.levels[1]!];
    expect(() => debiasedNegatives().weights({ ...asked, levels })).toThrow(
      /levels\[0\].concentration must be a finite number above 0, got 0 at 1/,
    );
    const queue = samplerRequest({ queue: 5 }).candidates;
    debiasedNegatives()
      .weights({ ...asked, levels, candidates: queue })
      .map(read);
  });

  it('needs anchors and keys for weights only', () => {
    const { keys: _, ...asked } = samplerRequest({ queue: 6 });
    const sampler = debiasedNegatives();
    expect(() => sampler.weights(asked)).toThrow(/needed keys as float32 \[A, 5\], got undefined/);
    expect(sampler.keep(asked).map((mask) => read(mask).flat())).toEqual([1, 2].map(() => new Array(24).fill(1)));
  });

  it.each<[DebiasedNegativesOptions, string]>([
    [{ classPrior: 1 }, 'classPrior below 1, got 1'],
    [{ classPrior: -0.1 }, 'classPrior as a probability from 0 to 1, got -0.1'],
    [{ hardness: -1 }, 'hardness as a finite number of at least 0, got -1'],
    [{ temperature: 0 }, 'temperature as a finite number above 0, got 0'],
    [{ temperature: Number.NaN }, 'temperature as a finite number above 0, got NaN'],
  ])('refuses %j', (options, needed) => {
    expect(() => debiasedNegatives(options)).toThrow(new RangeError(`Cannot make debiasedNegatives: needed ${needed}`));
  });
});
