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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUnitRows } from './random-rows.js';
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

const [ROWS, WIDTH, NEGATIVES] = [4, 6, 11];
/** Large enough for float32 differences, small enough for a check of unit length. */
const STEP = 2e-3;

/**
 * The conformance suite of a contrastive loss, as vitest tests: shapes, reductions, gradients against finite
 * differences, invariances, extreme temperatures, keep-masks, ownership of tensors, and refusal of bad input.
 *
 * Gradients must be registered: import '@tensorflow/tfjs-layers' (or the union) in a set-up file, and choose a backend
 * there.
 *
 * @example
 * ```ts
 * import { testLoss } from '@hcsc/testing';
 * import { myLoss } from './my-loss.js';
 * testLoss('myLoss', (query, key, negatives, { temperature, reduction, keep }) => myLoss(query, key, negatives, …));
 * ```
 */
export function testLoss(name: string, loss: LossUnderTest, options: TestLossOptions = {}): void {
  const { masks = 'paper', reductions = ['mean', 'sum', 'none'], keyGradient = true, refusesValues = true } = options;
  const { temperature = 0.2, seed = 0 } = options;
  const masked = masks !== 'none';
  const reduction = reductions[0]!;

  describe(`${name} is a contrastive loss`, () => {
    let query: Tensor2D;
    let key: Tensor2D;
    let negatives: Tensor2D;
    let keep: Tensor2D;
    const request = (changes: Partial<LossTestRequest> = {}): LossTestRequest => ({
      temperature,
      reduction,
      ...(masked && { keep }),
      ...changes,
    });
    const inputs = () => [query, key, negatives] as const;
    /** A total that a gradient can start from, whatever the reduction. */
    const total = (q: Tensor2D, k: Tensor2D, changes?: Partial<LossTestRequest>) =>
      tidy(() => read(loss(q, k, negatives, request(changes))).reduce((sum, value) => sum + value, 0));
    /** Of the query, and of the keys where a gradient flows to them. */
    const gradients = (changes?: Partial<LossTestRequest>): Tensor[] => {
      const of = (q: Tensor, k: Tensor = key) => loss(q as Tensor2D, k as Tensor2D, negatives, request(changes));
      return keyGradient ? grads(of)([query, key]) : grads((q) => of(q))([query]);
    };

    beforeAll(() => {
      const rng = createRng(seed);
      query = randomUnitRows(rng, ROWS, WIDTH);
      key = randomUnitRows(rng, ROWS, WIDTH);
      negatives = randomUnitRows(rng, NEGATIVES, WIDTH);
      keep = tidy(() => cast(less(rng.uniformTensor([ROWS, NEGATIVES]), 0.6), 'float32') as Tensor2D);
    });
    afterAll(() => dispose([query, key, negatives, keep]));

    it('gives one finite float32 number per row, or a scalar', () => {
      for (const kind of reductions) {
        const value = loss(...inputs(), request({ reduction: kind }));
        expect(value.shape).toEqual(kind === 'none' ? [ROWS] : []);
        expect(value.dtype).toBe('float32');
        expect(Array.from(value.dataSync()).every(Number.isFinite)).toBe(true);
        value.dispose();
      }
    });

    if (reductions.length > 1) {
      it('reduces the same rows every way', () => {
        const of = (kind: LossTestRequest['reduction']) => read(loss(...inputs(), request({ reduction: kind })));
        const sums = reductions.map((kind) => of(kind).reduce((a, b) => a + b, 0) * (kind === 'mean' ? ROWS : 1));
        for (const sum of sums) expect(relative(sum, sums[0]!)).toBeLessThan(1e-5);
      });
    }

    it('has the gradient that finite differences give', () => {
      const [dQuery, dKey] = gradients();
      compare(
        read(dQuery!),
        numericGradient(query, (q) => total(q, key)),
      );
      if (dKey)
        compare(
          read(dKey),
          numericGradient(key, (k) => total(query, k)),
        );
    });

    it('does not depend on the order of the negatives', () => {
      const order = tensor1d(createRng(seed + 1).permutation(NEGATIVES), 'int32');
      const shuffled = gather(negatives, order);
      const mask = gather(keep, order, 1);
      const [value] = read(loss(...inputs(), request()));
      const [other] = read(loss(query, key, shuffled, request(masked ? { keep: mask } : {})));
      expect(relative(other!, value!)).toBeLessThan(1e-5);
      dispose([order, shuffled, mask]);
    });

    for (const extreme of [1e-5, 1e5]) {
      it(`is finite, and so is its gradient, at temperature ${extreme}`, () => {
        const values = read(loss(...inputs(), request({ temperature: extreme })));
        const slopes = gradients({ temperature: extreme }).flatMap(read);
        for (const value of [...values, ...slopes]) expect(Number.isFinite(value)).toBe(true);
      });
    }

    if (masked) {
      it('is blind to what a rejected negative is', () => {
        const column = NEGATIVES - 1;
        const mask = tidy(() => concat([slice(keep, [0, 0], [ROWS, column]), zeros([ROWS, 1])], 1) as Tensor2D);
        const other = tidy(() => concat([slice(negatives, 0, column), slice(query, 0, 1)]) as Tensor2D);
        const [value] = read(loss(...inputs(), request({ keep: mask })));
        const [changed] = read(loss(query, key, other, request({ keep: mask })));
        expect(relative(changed!, value!)).toBeLessThan(1e-6);
        dispose([mask, other]);
      });

      it('takes masks as float32, int32 and bool alike', () => {
        const [value] = read(loss(...inputs(), request()));
        for (const dtype of ['int32', 'bool'] as const) {
          const mask = cast(keep, dtype);
          expect(read(loss(...inputs(), request({ keep: mask })))[0]).toBe(value);
          mask.dispose();
        }
      });

      it('reacts to a mask', () => {
        const none = zeros([ROWS, NEGATIVES]) as Tensor2D;
        const [value] = read(loss(...inputs(), request()));
        expect(read(loss(...inputs(), request({ keep: none })))[0]).not.toBe(value);
        none.dispose();
      });
    }

    if (masks === 'paper') {
      it('is 0 with gradient 0 in a row that has no negative left', () => {
        const values = Array.from(keep.dataSync(), (value, i) => (i < NEGATIVES ? 0 : value));
        const mask = tensor2d(values, [ROWS, NEGATIVES]);
        for (const slopes of gradients({ keep: mask }).map(read)) {
          for (const value of slopes.slice(0, WIDTH)) expect(Math.abs(value)).toBe(0);
        }
        if (reductions.includes('none')) {
          const rows = read(loss(...inputs(), request({ keep: mask, reduction: 'none' })));
          expect(Math.abs(rows[0]!)).toBe(0);
        }
        mask.dispose();
      });
    }

    it('leaves its inputs alone and nothing else behind', () => {
      expect(leakedTensors(() => loss(...inputs(), request()))).toBe(0);
      expect(leakedTensors(() => gradients())).toBe(0);
      expect([...inputs(), keep].some((tensor) => tensor.isDisposed)).toBe(false);
    });

    const refuses = (what: string, make: () => { q?: Tensor2D; k?: Tensor2D; n?: Tensor2D; mask?: Tensor2D }) =>
      it(`refuses ${what}, and leaves nothing behind`, () => {
        const { q = query, k = key, n = negatives, mask } = make();
        const before = memory().numTensors;
        expect(() => loss(q, k, n, request(mask && { keep: mask }))).toThrow(Error);
        expect(memory().numTensors).toBe(before);
        for (const made of [q, k, n, mask]) if (made && !inputs().includes(made)) made.dispose();
      });
    const rows = (n: number, d: number) => randomUnitRows(createRng(seed + 2), n, d);
    refuses('keys of another width', () => ({ k: rows(ROWS, WIDTH + 1) }));
    refuses('another number of keys than of queries', () => ({ k: rows(ROWS + 1, WIDTH) }));
    refuses('negatives of another width', () => ({ n: rows(NEGATIVES, WIDTH - 1) }));
    refuses('an empty batch', () => ({ q: tensor2d([], [0, WIDTH]), k: tensor2d([], [0, WIDTH]) }));
    if (masked) refuses('a mask of another shape', () => ({ mask: zeros([ROWS, NEGATIVES + 1]) as Tensor2D }));
    if (refusesValues) {
      refuses('queries that are not of unit length', () => ({ q: mul<Tensor2D>(query, 3) }));
      refuses('NaN', () => ({ k: mul<Tensor2D>(key, Number.NaN) }));
    }
  });
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

function compare(analytic: number[], numeric: number[]): void {
  const limit = 5e-3 * (Math.max(...numeric.map(Math.abs)) + 1e-3);
  for (let i = 0; i < numeric.length; i++) expect(Math.abs(analytic[i]! - numeric[i]!)).toBeLessThan(limit);
}
