import { memory, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { ConformanceCase } from './conformance-case.js';
import { download } from './download.js';
import { maskCases } from './loss-mask-cases.js';
import { batchCases, sharedCases } from './loss-negative-cases.js';
import { refusalCases } from './loss-refusal-cases.js';
import { type LossSuite, type LossUnderTest, lossSuite, ROWS, relative, type TestLossOptions } from './loss-suite.js';
import { replayed } from './replayed.js';
import { leakedTensors } from './tensor-leak.js';

/** The tests of `testLoss`, one by one. */
export function lossCases(loss: LossUnderTest, options: TestLossOptions = {}): ConformanceCase[] {
  const suite = lossSuite(loss, options);
  valueCases(suite);
  if (suite.options.negatives === 'batch') batchCases(suite);
  else sharedCases(suite);
  if (suite.options.masks !== 'none') maskCases(suite);
  useCases(suite);
  refusalCases(suite);
  return suite.cases;
}

/** Large enough for float32 differences, small enough for a check of unit length. */
const STEP = 2e-3;

/** Values, reductions and gradients. */
function valueCases({ check, call, values, total, gradients, options }: LossSuite): void {
  const { reductions, rowsPerQuery } = options;
  const rows = ROWS * rowsPerQuery;

  check('gives one finite float32 number per row, or a scalar', (inputs) => {
    for (const reduction of reductions) {
      const value = call(inputs, { reduction });
      expect(value.shape).toEqual(reduction === 'none' ? [rows] : []);
      expect(value.dtype).toBe('float32');
      expect(download(value).every(Number.isFinite)).toBe(true);
    }
  });

  if (reductions.length > 1) {
    check('reduces the same rows every way', (inputs) => {
      const sums = reductions.map((reduction) => total(inputs, { reduction }) * (reduction === 'mean' ? rows : 1));
      for (const sum of sums) expect(relative(sum, sums[0]!)).toBeLessThan(1e-5);
    });
  }

  check('has the gradient that finite differences give', (inputs) => {
    const [dQuery, dKey] = gradients(inputs).map(download);
    expectClose(
      dQuery!,
      numericGradient(inputs.query, (query) => total(inputs, { query })),
    );
    if (dKey)
      expectClose(
        dKey,
        numericGradient(inputs.key, (key) => total(inputs, { key })),
      );
  });

  for (const extreme of [1e-5, 1e5]) {
    check(`is finite, and so is its gradient, at temperature ${extreme}`, (inputs) => {
      const changes = { temperature: extreme };
      const numbers = [...values(inputs, changes), ...gradients(inputs, changes).flatMap(download)];
      expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
    });
  }
}

/** Compilation and ownership. */
function useCases({ check, call, gradients }: LossSuite): void {
  check('is the same, and so is its gradient, when it is compiled, and looks at no value', (inputs) => {
    const compiled = replayed((query: Tensor2D, key: Tensor2D, negatives: Tensor2D, keep: Tensor2D) => {
      const given = { query, key, negatives, keep };
      return [call(given), ...gradients(given)];
    });
    const before = memory().numTensors;
    const { query, key, negatives, keep } = inputs;
    const numbers = compiled(query, key, negatives, keep).flatMap(download);
    expect(numbers).toEqual([call(inputs), ...gradients(inputs)].flatMap(download));
    expect(memory().numTensors).toBe(before);
  });

  check('leaves its inputs alone and nothing else behind', (inputs) => {
    expect(leakedTensors(() => call(inputs))).toBe(0);
    expect(leakedTensors(() => gradients(inputs))).toBe(0);
    expect(Object.values(inputs).some((tensor) => tensor.isDisposed)).toBe(false);
  });
}

function numericGradient(at: Tensor2D, value: (x: Tensor2D) => number): number[] {
  const centre = Array.from(at.dataSync());
  const moved = (i: number, by: number) => {
    const x = tensor2d(
      centre.map((c, j) => (i === j ? c + by : c)),
      at.shape,
    );
    const result = value(x);
    x.dispose();
    return result;
  };
  return centre.map((_, i) => (moved(i, STEP) - moved(i, -STEP)) / (2 * STEP));
}

function expectClose(analytic: number[], numeric: number[]): void {
  const limit = 5e-3 * (Math.max(...numeric.map(Math.abs)) + 1e-3);
  expect(analytic.length).toBe(numeric.length);
  for (let i = 0; i < numeric.length; i++) expect(Math.abs(analytic[i]! - numeric[i]!)).toBeLessThan(limit);
}
