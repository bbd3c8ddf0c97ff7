import {
  add,
  cast,
  clone,
  concat,
  customGrad,
  div,
  exp,
  eye,
  log,
  logSumExp,
  matMul,
  mean,
  mul,
  neg,
  onesLike,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { failedCases } from './failed-cases.fixture.js';
import { lossCases } from './loss-cases.js';
import type { LossTestRequest, LossUnderTest, TestLossOptions } from './loss-suite.js';

/** InfoNCE as one would first write it: no maximum subtracted, nothing refused. */
function naive(query: Tensor2D, key: Tensor2D, negatives: Tensor2D, temperature: number, keep: Tensor2D): Tensor {
  const positive = exp(mul(sum(mul(query, key), 1), 1 / temperature));
  const others = mul(exp(mul(matMul(query, negatives, false, true), 1 / temperature)), keep);
  return neg(log(div(positive, add(positive, sum(others, 1)))));
}

const good: LossUnderTest = (query, key, negatives, { temperature, reduction, keep }) =>
  tidy(() => {
    const rows = naive(query, key, negatives, temperature, keep!);
    return reduction === 'none' ? rows : reduction === 'sum' ? sum(rows) : mean(rows);
  });

const failures = (loss: LossUnderTest, options?: TestLossOptions) => failedCases(lossCases(loss, options));

const VALUES = 'gives one finite float32 number per row, or a scalar';
const REDUCES = 'reduces the same rows every way';
const GRADIENT = 'has the gradient that finite differences give';
const BLIND = 'is blind to what a rejected negative is';
const NO_NEGATIVE = 'is 0 with gradient 0 in a row that has no negative left';
const COMPILED = 'is the same, and so is its gradient, when it is compiled, and looks at no value';
const OWNERSHIP = 'leaves its inputs alone and nothing else behind';

/** The value of `x`, and its gradient times `factor`. */
const steeper = (x: Tensor, factor: number): Tensor =>
  customGrad((x) => ({ value: clone(x as Tensor), gradFunc: (dy) => mul(dy, factor) }))(x);

const then =
  (of: (value: Tensor, q: Tensor2D, k: Tensor2D, n: Tensor2D, request: LossTestRequest) => Tensor): LossUnderTest =>
  (...args) =>
    tidy(() => of(good(...args), ...args));

const faults: Record<string, [loss: LossUnderTest, title: string]> = {
  'rows that are not one number each': [then((value) => reshape(value, [-1, 1])), VALUES],
  'values that are not finite': [then((value) => div(value, 0)), VALUES],
  'a mean that is a sum': [
    (q, k, n, request) => good(q, k, n, { ...request, reduction: request.reduction === 'none' ? 'none' : 'sum' }),
    REDUCES,
  ],
  'a gradient that misses a factor': [then((value) => steeper(value, 1.1)), GRADIENT],
  'a gradient that does not reach the keys': [
    (q, k, n, request) => tidy(() => good(q, steeper(k, 0) as Tensor2D, n, request)),
    GRADIENT,
  ],
  'an overflow': [good, 'is finite, and so is its gradient, at temperature 0.00001'],
  'a gradient that is not finite for little differences': [
    then((value, _, __, ___, { temperature }) => steeper(value, temperature > 1e4 ? Number.NaN : 1)),
    'is finite, and so is its gradient, at temperature 100000',
  ],
  'a value that depends on the order': [
    then((value, _, __, n) => add(value, sum(slice(n, [0, 0], [1, 1])))),
    'does not depend on the order of the negatives',
  ],
  'a mask that is ignored': [
    (q, k, n, { keep, ...request }) => tidy(() => good(q, k, n, { ...request, keep: onesLike(keep!) })),
    BLIND,
  ],
  'a mask that is taken for a number': [
    then((value, _, __, ___, { keep }) => mul(value, keep!.dtype === 'float32' ? 1 : 2)),
    'takes masks as float32, int32 and bool alike',
  ],
  'negatives that make a loss smaller': [then(neg), 'is smaller without negatives than with all of them'],
  'a rejected negative that counts': [
    then((value, _, __, ___, { keep }) => add(value, sum(mul(sub(1, cast(keep!, 'float32')), 0.1)))),
    NO_NEGATIVE,
  ],
  'values that are read': [
    (q, k, n, request) => {
      if (q.dataSync().some(Number.isNaN)) throw new RangeError('NaN');
      return good(q, k, n, request);
    },
    COMPILED,
  ],
  'a count that moves while it is traced': [then((value) => mul(value, ++calls)), COMPILED],
  'a leak': [
    (q, k, n, request) => {
      clone(q);
      return good(q, k, n, request);
    },
    OWNERSHIP,
  ],
  'inputs that are disposed': [
    (q, k, n, request) => {
      const value = good(q, k, n, request);
      n.dispose();
      return value;
    },
    OWNERSHIP,
  ],
};
let calls = 0;

const refusals = [
  'keys of another width',
  'another number of keys than of queries',
  'negatives of another width',
  'an empty batch',
  'a mask of another shape',
  'queries that are not of unit length',
  'NaN',
].map((what) => `refuses ${what}, and leaves nothing behind`);

/** Of two views, one row at a time against all others. */
const goodBatch: LossUnderTest = (query, key, _, { temperature, reduction }) =>
  tidy(() => {
    if (query.shape[0] === 0 || String(query.shape) !== String(key.shape)) throw new RangeError('Shapes differ');
    const rows = concat([query, key]);
    const count = rows.shape[0];
    const others = sub(div(matMul(rows, rows, false, true), temperature), mul(eye(count), 1e9));
    const own = div(sum(mul(rows, concat([key, query])), 1), temperature);
    const losses = sub(logSumExp(others, 1), own);
    return reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : mean(losses);
  });

const batchFaults: Record<string, [loss: LossUnderTest, title: string]> = {
  'a row for each query where there should be two': [
    (q, k, n, request) =>
      tidy(() => reduced(slice(goodBatch(q, k, n, { ...request, reduction: 'none' }), 0, 4), request)),
    VALUES,
  ],
  'a value that depends on the order of images': [
    (...args) => tidy(() => add(goodBatch(...args), slice(args[0], [0, 0], [1, 1]))),
    'does not depend on the order of the images',
  ],
  'images that are not contrasted': [
    (q, k, _, request) => tidy(() => reduced(mul(sum(mul(concat([q, k]), concat([k, q])), 1), -5), request)),
    'is larger for an image that another one is like',
  ],
  'a loss of one image that is not 0': [
    (...args) => tidy(() => add(goodBatch(...args), 0.1)),
    'is 0 with gradient 0 for one image, which has no negatives',
  ],
};
const reduced = (rows: Tensor, { reduction }: LossTestRequest) =>
  reduction === 'none' ? rows : reduction === 'sum' ? sum(rows) : mean(rows);

describe('the conformance suite of losses', () => {
  it('finds what a naive loss lacks, and nothing else', async () => {
    const found = await failures(good);
    expect(found.filter((title) => !title.startsWith('refuses'))).toEqual([
      'is finite, and so is its gradient, at temperature 0.00001',
    ]);
    expect(found).toContain('refuses queries that are not of unit length, and leaves nothing behind');
    expect(found).toContain('refuses NaN, and leaves nothing behind');
  });

  for (const [fault, [loss, title]] of Object.entries(faults)) {
    it(`finds ${fault}`, async () => {
      // The second is there to see that the loss runs at all.
      const sane = title === VALUES ? 'does not depend on the order of the negatives' : VALUES;
      const asked = lossCases(loss).filter((one) => one.title === title || one.title === sane);
      expect(asked).toHaveLength(2);
      expect(await failedCases(asked)).toContain(title);
    });
  }

  it('finds that nothing is refused, or that a refusal leaves a tensor behind', async () => {
    const accepting: LossUnderTest = (_, __, ___, { reduction }) => (reduction === 'none' ? zeros([4]) : scalar(0));
    const leaking: LossUnderTest = (q, k, n, request) => {
      const left = scalar(0);
      // Whatever is wrong with an input shows in its values.
      const fine = [q, k].every((x) => Math.abs(sum(mul(x, x)).dataSync()[0]! - 4) < 1e-3);
      if (!fine) throw new RangeError('No');
      left.dispose();
      return good(q, k, n, request);
    };
    expect((await failures(accepting)).filter((title) => title.startsWith('refuses'))).toEqual(refusals);
    expect(await failures(leaking)).toContain('refuses queries that are not of unit length, and leaves nothing behind');
  });

  it('finds nothing wrong with a good loss of a batch', async () => {
    expect(await failures(goodBatch, { negatives: 'batch', refusesValues: false })).toEqual([]);
    const perQuery: LossUnderTest = (q, k, n, request) =>
      tidy(() => {
        const rows = goodBatch(q, k, n, { ...request, reduction: 'none' });
        return reduced(slice(rows, 0, q.shape[0]), request);
      });
    const options = { negatives: 'batch', rowsPerQuery: 1, refusesValues: false } as const;
    expect(await failures(perQuery, options)).toEqual([]);
  });

  for (const [fault, [loss, title]] of Object.entries(batchFaults)) {
    it(`finds ${fault}`, async () => {
      expect(await failures(loss, { negatives: 'batch' })).toContain(title);
    });
  }
});
