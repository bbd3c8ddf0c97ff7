import { createRng } from '@hcsc/random';
import {
  cast,
  concat,
  dispose,
  gather,
  grads,
  less,
  memory,
  mul,
  slice,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { ConformanceCase } from './conformance-case.js';
import { randomUnitRows } from './random-rows.js';
import { replayed } from './replayed.js';
import { leakedTensors } from './tensor-leak.js';

/** What the suite asks a loss for. */
export interface LossTestRequest {
  temperature: number;
  reduction: 'mean' | 'sum' | 'none';
  /** `[N, M]` float32 of 0 and 1; given only where `masks` is not `'none'`. */
  keep?: Tensor2D;
}

/** A loss as the suite calls it: queries `[N, D]`, keys `[N, D]` and shared negatives `[M, D]`, all of unit length. */
export type LossUnderTest = (query: Tensor2D, key: Tensor2D, negatives: Tensor2D, request: LossTestRequest) => Tensor;

/** Options of {@link testLoss}. */
export interface TestLossOptions {
  /**
   * What the loss does with keep-masks: a rejected negative is absent (`'paper'`, the default), its logit is 0
   * (`'reference'`), or it takes no masks (`'none'`).
   */
  masks?: 'paper' | 'reference' | 'none';
  /** Reductions the loss has; default all three. */
  reductions?: readonly LossTestRequest['reduction'][];
  /** Does a gradient flow to the keys? Default `true`. */
  keyGradient?: boolean;
  /** Does the loss refuse NaN and rows that are not of unit length? Default `true`. */
  refusesValues?: boolean;
  /** Temperature of the ordinary cases; default 0.2. */
  temperature?: number;
  /** Seed of the inputs; default 0. */
  seed?: number;
}

interface Inputs {
  query: Tensor2D;
  key: Tensor2D;
  negatives: Tensor2D;
  keep: Tensor2D;
}

const [ROWS, WIDTH, NEGATIVES] = [4, 6, 11];
/** Large enough for float32 differences, small enough for a check of unit length. */
const STEP = 2e-3;

/** The tests of `testLoss`, one by one. */
export function lossCases(loss: LossUnderTest, options: TestLossOptions = {}): ConformanceCase[] {
  const { masks = 'paper', reductions = ['mean', 'sum', 'none'], keyGradient = true, refusesValues = true } = options;
  const { temperature = 0.2, seed = 0 } = options;
  const masked = masks !== 'none';
  const cases: ConformanceCase[] = [];
  const check = (title: string, body: (inputs: Inputs) => void) =>
    cases.push({
      title,
      run: () => {
        const inputs = makeInputs(seed);
        try {
          body(inputs);
        } finally {
          dispose(Object.values(inputs));
        }
      },
    });

  type Changes = Partial<Inputs & LossTestRequest>;
  const call = (inputs: Inputs, changes: Changes = {}): Tensor => {
    const { query, key, negatives, keep, ...request } = {
      temperature,
      reduction: reductions[0]!,
      ...inputs,
      ...changes,
    };
    return loss(query, key, negatives, masked ? { ...request, keep } : request);
  };
  const values = (inputs: Inputs, changes?: Changes) => read(call(inputs, changes));
  const total = (inputs: Inputs, changes?: Changes) => values(inputs, changes).reduce((a, b) => a + b, 0);
  /** Of the query, and of the keys where a gradient flows to them. */
  const gradients = (inputs: Inputs, changes?: Changes): Tensor[] => {
    const of = (query: Tensor, key: Tensor = inputs.key) =>
      call(inputs, { ...changes, query: query as Tensor2D, key: key as Tensor2D });
    return keyGradient ? grads(of)([inputs.query, inputs.key]) : grads((query) => of(query))([inputs.query]);
  };

  check('gives one finite float32 number per row, or a scalar', (inputs) => {
    for (const reduction of reductions) {
      const value = call(inputs, { reduction });
      expect(value.shape).toEqual(reduction === 'none' ? [ROWS] : []);
      expect(value.dtype).toBe('float32');
      expect(read(value).every(Number.isFinite)).toBe(true);
    }
  });

  if (reductions.length > 1) {
    check('reduces the same rows every way', (inputs) => {
      const sums = reductions.map((reduction) => total(inputs, { reduction }) * (reduction === 'mean' ? ROWS : 1));
      for (const sum of sums) expect(relative(sum, sums[0]!)).toBeLessThan(1e-5);
    });
  }

  check('has the gradient that finite differences give', (inputs) => {
    const [dQuery, dKey] = gradients(inputs).map(read);
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

  check('does not depend on the order of the negatives', (inputs) => {
    const order = tensor1d(createRng(seed + 1).permutation(NEGATIVES), 'int32');
    const shuffled = { negatives: gather(inputs.negatives, order), keep: gather(inputs.keep, order, 1) };
    expect(relative(total(inputs, shuffled), total(inputs))).toBeLessThan(1e-5);
    dispose([order, ...Object.values(shuffled)]);
  });

  for (const extreme of [1e-5, 1e5]) {
    check(`is finite, and so is its gradient, at temperature ${extreme}`, (inputs) => {
      const changes = { temperature: extreme };
      const numbers = [...values(inputs, changes), ...gradients(inputs, changes).flatMap(read)];
      expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
    });
  }

  if (masked) {
    check('is blind to what a rejected negative is', (inputs) => {
      const last = NEGATIVES - 1;
      const keep = tidy(() => concat([slice(inputs.keep, [0, 0], [ROWS, last]), zeros([ROWS, 1])], 1) as Tensor2D);
      const negatives = tidy(() => concat([slice(inputs.negatives, 0, last), slice(inputs.query, 0, 1)]) as Tensor2D);
      expect(relative(total(inputs, { keep, negatives }), total(inputs, { keep }))).toBeLessThan(1e-6);
      dispose([keep, negatives]);
    });

    check('takes masks as float32, int32 and bool alike', (inputs) => {
      for (const dtype of ['int32', 'bool'] as const) {
        const keep = cast(inputs.keep, dtype);
        expect(total(inputs, { keep })).toBe(total(inputs));
        keep.dispose();
      }
    });

    check('is smaller without negatives than with all of them', (inputs) => {
      const none = zeros([ROWS, NEGATIVES]) as Tensor2D;
      const all = tensor2d(new Float32Array(ROWS * NEGATIVES).fill(1), [ROWS, NEGATIVES]);
      const [without, partly, entirely] = [none, inputs.keep, all].map((keep) => total(inputs, { keep }));
      if (masks === 'paper') expect(without).toBeLessThan(partly!);
      expect(partly).not.toBe(entirely);
      dispose([none, all]);
    });
  }

  if (masks === 'paper') {
    check('is 0 with gradient 0 in a row that has no negative left', (inputs) => {
      const mask = read(cast(inputs.keep, 'float32')).map((value, i) => (i < NEGATIVES ? 0 : value));
      const keep = tensor2d(mask, [ROWS, NEGATIVES]);
      for (const slopes of gradients(inputs, { keep }).map(read)) {
        for (const slope of slopes.slice(0, WIDTH)) expect(Math.abs(slope)).toBeLessThan(1e-6);
      }
      if (reductions.includes('none')) {
        expect(Math.abs(values(inputs, { keep, reduction: 'none' })[0]!)).toBeLessThan(1e-6);
      }
      keep.dispose();
    });
  }

  check('is the same, and so is its gradient, when it is compiled, and looks at no value', (inputs) => {
    const compiled = replayed((query: Tensor2D, key: Tensor2D, negatives: Tensor2D, keep: Tensor2D) => {
      const given = { query, key, negatives, keep };
      return [call(given), ...gradients(given)];
    });
    const before = memory().numTensors;
    const { query, key, negatives, keep } = inputs;
    const numbers = compiled(query, key, negatives, keep).flatMap(read);
    expect(numbers).toEqual([call(inputs), ...gradients(inputs)].flatMap(read));
    expect(memory().numTensors).toBe(before);
  });

  check('leaves its inputs alone and nothing else behind', (inputs) => {
    expect(leakedTensors(() => call(inputs))).toBe(0);
    expect(leakedTensors(() => gradients(inputs))).toBe(0);
    expect(Object.values(inputs).some((tensor) => tensor.isDisposed)).toBe(false);
  });

  const refuses = (what: string, make: (inputs: Inputs) => Partial<Inputs>) =>
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
  refuses('negatives of another width', () => ({ negatives: rows(NEGATIVES, WIDTH - 1) }));
  refuses('an empty batch', () => ({ query: tensor2d([], [0, WIDTH]), key: tensor2d([], [0, WIDTH]) }));
  if (masked) refuses('a mask of another shape', () => ({ keep: zeros([ROWS, NEGATIVES + 1]) as Tensor2D }));
  if (refusesValues) {
    refuses('queries that are not of unit length', ({ query }) => ({ query: mul<Tensor2D>(query, 3) }));
    refuses('NaN', ({ key }) => ({ key: mul<Tensor2D>(key, Number.NaN) }));
  }
  return cases;
}

function makeInputs(seed: number): Inputs {
  const rng = createRng(seed);
  return {
    query: randomUnitRows(rng, ROWS, WIDTH),
    key: randomUnitRows(rng, ROWS, WIDTH),
    negatives: randomUnitRows(rng, NEGATIVES, WIDTH),
    keep: tidy(() => cast(less(rng.uniformTensor([ROWS, NEGATIVES]), 0.6), 'float32') as Tensor2D),
  };
}

/** Downloads and disposes. */
function read(tensor: Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

const relative = (a: number, b: number) => Math.abs(a - b) / (Math.abs(b) + 1e-3);

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
