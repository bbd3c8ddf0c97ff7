import {
  concat,
  dispose,
  grads,
  memory,
  mul,
  slice,
  type Tensor,
  type Tensor2D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { everyLoss, type Inputs, inputsOf, masked } from './every-loss.fixture.js';

const read = (tensor: Tensor) => Array.from(tensor.dataSync());

/** Value and gradients of the queries. */
function numbersOf(name: string, inputs: Inputs, temperature: number, blockSize?: number): [number[], number[]] {
  const of = (query: Tensor) =>
    everyLoss[name]!({ ...inputs, query: query as Tensor2D }, { temperature, ...(blockSize && { blockSize }) });
  const value = tidy(() => of(inputs.query));
  const [slope] = grads((query) => of(query!))([inputs.query]);
  const numbers: [number[], number[]] = [read(value), read(slope!)];
  dispose([value, slope!]);
  return numbers;
}

describe.each(Object.keys(everyLoss))('%s at its extremes', (name) => {
  for (const blockSize of [undefined, 2]) {
    const blocks = blockSize ? ', in blocks' : '';

    it.each([1e-6, 1e-3, 1e6])(`is finite, and so is its gradient, at temperature %s${blocks}`, (temperature) => {
      const inputs = inputsOf(4, 6, 3, 1);
      const before = memory().numTensors;
      const [value, slope] = numbersOf(name, inputs, temperature, blockSize);
      expect([...value, ...slope].filter((number) => !Number.isFinite(number))).toEqual([]);
      expect(slope).toHaveLength(12);
      expect(memory().numTensors).toBe(before);
      dispose(Object.values(inputs));
    });

    it(`is finite where all rows are the same, and with two rows of opposite sign${blocks}`, () => {
      const inputs = inputsOf(2, 2, 3, 2);
      const same = tidy(() => concat([slice(inputs.query, 0, 1), slice(inputs.query, 0, 1)]) as Tensor2D);
      const opposite = tidy(() => {
        const first = slice(inputs.query, 0, 1);
        return concat([first, mul(first, -1)]) as Tensor2D;
      });
      for (const rows of [same, opposite]) {
        const given = { ...inputs, query: rows, key: rows, others: rows };
        for (const temperature of [1e-3, 0.2]) {
          const numbers = numbersOf(name, given, temperature, blockSize).flat();
          expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
        }
      }
      dispose([same, opposite, ...Object.values(inputs)]);
    });
  }

  it('is finite for one sample', () => {
    const inputs = inputsOf(1, 3, 4, 3);
    const numbers = numbersOf(name, inputs, 0.1).flat();
    expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
    dispose(Object.values(inputs));
  });
});

describe.each(masked)('%s with all masked', (name) => {
  it.each([undefined, 2])('is finite, blockSize %s', (blockSize) => {
    const inputs = inputsOf(3, 5, 4, 4);
    const [keep, pairKeep] = [zerosLike(inputs.keep), zerosLike(inputs.pairKeep)];
    const numbers = numbersOf(name, { ...inputs, keep, pairKeep }, 0.1, blockSize).flat();
    expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
    dispose([keep, pairKeep, ...Object.values(inputs)]);
  });
});
