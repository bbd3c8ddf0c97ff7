import { createRng } from '@hcsc/random';
import { dispose, memory, mul, type Tensor2D, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { type LossInputs, type LossSuite, NEGATIVES, ROWS, WIDTH } from './loss-suite.js';
import { randomUnitRows } from './random-rows.js';

/** What a loss must not accept. */
export function refusalCases({ check, call, options }: LossSuite): void {
  const { seed, masks, negatives, refusesValues } = options;
  const refuses = (what: string, make: (inputs: LossInputs) => Partial<LossInputs>) =>
    check(`refuses ${what}, and leaves nothing behind`, (inputs) => {
      const made = make(inputs);
      const before = memory().numTensors;
      expect(() => call(inputs, made)).toThrow(Error);
      expect(memory().numTensors).toBe(before);
      dispose(Object.values(made));
    });
  const rows = (n: number, d: number) => randomUnitRows(createRng(seed + 2), n, d);
  refuses('keys of another width', () => ({ key: rows(ROWS, WIDTH + 1) }));
  refuses('another number of keys than of queries', () => ({ key: rows(ROWS + 1, WIDTH) }));
  if (negatives === 'shared') refuses('negatives of another width', () => ({ negatives: rows(NEGATIVES, WIDTH - 1) }));
  refuses('an empty batch', () => ({ query: tensor2d([], [0, WIDTH]), key: tensor2d([], [0, WIDTH]) }));
  if (masks !== 'none') refuses('a mask of another shape', () => ({ keep: zeros([ROWS, NEGATIVES + 1]) as Tensor2D }));
  if (!refusesValues) return;
  refuses('queries that are not of unit length', ({ query }) => ({ query: mul<Tensor2D>(query, 3) }));
  refuses('NaN', ({ key }) => ({ key: mul<Tensor2D>(key, Number.NaN) }));
}
