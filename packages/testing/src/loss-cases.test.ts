import {
  add,
  clone,
  div,
  exp,
  log,
  matMul,
  mean,
  mul,
  neg,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type LossUnderTest, lossCases } from './loss-cases.js';

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

function failures(loss: LossUnderTest): string[] {
  return lossCases(loss).flatMap(({ title, run }) => {
    try {
      run();
      return [];
    } catch {
      return [title];
    }
  });
}

describe('the conformance suite of losses', () => {
  it('finds what a naive loss lacks, and nothing else', () => {
    const found = failures(good);
    expect(found.filter((title) => !title.startsWith('refuses'))).toEqual([
      'is finite, and so is its gradient, at temperature 0.00001',
    ]);
    expect(found).toContain('refuses queries that are not of unit length, and leaves nothing behind');
    expect(found).toContain('refuses NaN, and leaves nothing behind');
  });

  const faults: Record<string, [LossUnderTest, string]> = {
    'a leak': [
      (q, k, n, request) => {
        clone(q);
        return good(q, k, n, request);
      },
      'leaves its inputs alone and nothing else behind',
    ],
    'inputs that are disposed': [
      (q, k, n, request) => {
        const value = good(q, k, n, request);
        n.dispose();
        return value;
      },
      'leaves its inputs alone and nothing else behind',
    ],
    'values that are read': [
      (q, k, n, request) => {
        if (q.dataSync().some(Number.isNaN)) throw new RangeError('NaN');
        return good(q, k, n, request);
      },
      'is the same, and so is its gradient, when it is compiled, and looks at no value',
    ],
    'a mean that is a sum': [
      (q, k, n, request) => good(q, k, n, { ...request, reduction: request.reduction === 'none' ? 'none' : 'sum' }),
      'reduces the same rows every way',
    ],
    'a gradient that misses a factor': [
      (q, k, n, request) =>
        tidy(() => {
          const value = good(q, k, n, request);
          // The value of 2·loss − loss, with the gradient of 2·loss.
          return sub(mul(value, 2), good(tidyCopy(q), tidyCopy(k), n, request));
        }),
      'has the gradient that finite differences give',
    ],
    'a mask that is ignored': [
      (q, k, n, { keep, ...request }) =>
        tidy(() => good(q, k, n, { ...request, keep: add(mul(keep!, 0), 1) as Tensor2D })),
      'is blind to what a rejected negative is',
    ],
    'a rejected negative that counts': [
      (q, k, n, { keep, ...request }) =>
        tidy(() => add(good(q, k, n, { ...request, keep }), sum(mul(sub(1, keep!), 0.1)))),
      'is 0 with gradient 0 in a row that has no negative left',
    ],
    'a value that depends on the order': [
      (q, k, n, request) => tidy(() => add(good(q, k, n, request), n.dataSync()[0]!)),
      'does not depend on the order of the negatives',
    ],
  };
  /** A copy that no gradient flows through. */
  const tidyCopy = (x: Tensor2D) => tidy(() => add(mul(x, 0), Array.from(chunk(x.dataSync(), x.shape[1])))) as Tensor2D;
  const chunk = (values: ArrayLike<number>, size: number) =>
    Array.from({ length: values.length / size }, (_, i) => Array.from(values).slice(i * size, (i + 1) * size));

  for (const [fault, [loss, title]] of Object.entries(faults)) {
    it(`finds ${fault}`, () => {
      expect(failures(loss)).toContain(title);
    });
  }
});
