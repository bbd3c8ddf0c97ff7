import { createRng } from '@hcsc/random';
import {
  dispose,
  grad,
  memory,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pcsc } from './pcsc.js';
import { protoNCE } from './proto-nce.js';

const ALIVE = [1, 0, 1, 1, 0, 1, 1, 1];
const LIVING = ALIVE.flatMap((flag, row) => (flag === 1 ? [row] : []));
const POSITIVES = [0, 3, 3, 5];

const owned: Tensor[] = [];
const own = <T extends Tensor>(tensor: T): T => {
  owned.push(tensor);
  return tensor;
};
const ids = (values: number[]) => own(tensor1d(values, 'int32')) as Tensor1D;

/** A query, a level with prototypes that were dropped, and the same level without their rows. */
function example() {
  const rng = createRng(3);
  const unit = () => {
    const row = Array.from({ length: 4 }, () => rng.normal());
    return row.map((x) => x / Math.hypot(...row));
  };
  const query = own(tensor2d(POSITIVES.map(unit)));
  const [c, phi] = [ALIVE.map(unit), ALIVE.map(() => 0.1 + 0.3 * rng.uniform())];
  const keep = POSITIVES.map(() => ALIVE.map(() => (rng.uniform() < 0.6 ? 1 : 0)));
  return {
    query,
    level: {
      centroids: own(tensor2d(c)),
      concentration: own(tensor1d(phi)),
      positives: ids(POSITIVES),
      keep: own(tensor2d(keep)),
      alive: own(tensor1d(ALIVE)),
      used: 8,
    },
    compact: {
      centroids: own(tensor2d(LIVING.map((row) => c[row]!))),
      concentration: own(tensor1d(LIVING.map((row) => phi[row]!))),
      positives: ids(POSITIVES.map((row) => LIVING.indexOf(row))),
      keep: own(tensor2d(keep.map((row) => LIVING.map((j) => row[j]!)))),
      used: 6,
    },
  };
}

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  dispose(owned.splice(0));
  expect(memory().numTensors).toBe(before);
});

describe.each(['paper', 'reference'] as const)('prototypes that were dropped, in mode %s', (mode) => {
  it('are in no denominator of pcsc', () => {
    const { query, level, compact } = example();
    for (const masked of [true, false]) {
      const of = ({ keep, ...rest }: typeof level | typeof compact) => [masked ? { ...rest, keep } : rest];
      const [found, expected] = [level, compact].map((given) =>
        own(pcsc(query, of(given), { mode, reduction: 'none' })),
      );
      expect(found!).toBeAllclose(expected!, 1e-5);
      const [slope, wanted] = [level, compact].map((given) =>
        own(grad((q) => pcsc(q as Tensor2D, of(given), { mode, check: false }))(query)),
      );
      expect(slope!).toBeAllclose(wanted!, 1e-5);
    }
  });

  it('are in no denominator of protoNCE, sampled or not', () => {
    const { query, level, compact } = example();
    const loss = (given: Omit<typeof compact, 'keep' | 'used'>, negatives?: Tensor1D) =>
      own(protoNCE(query, [{ ...given, ...(negatives && { negatives }) }], { mode, reduction: 'none' }));
    expect(loss(level)).toBeAllclose(loss(compact), 1e-5);
    const [sampled, left] = [ids([1, 2, 7, 4, 6]), ids([2, 7, 6].map((row) => LIVING.indexOf(row)))];
    expect(loss(level, sampled)).toBeAllclose(loss(compact, left), 1e-5);
  });
});

it('positives that were dropped, and masks of other numbers or sizes, are refused', () => {
  const { query, level } = example();
  const [lost, half, short] = [ids([0, 1, 3, 5]), own(tensor1d(ALIVE.map((flag) => flag / 2))), own(tensor1d([1]))];
  const { numTensors } = memory();
  for (const loss of [pcsc, protoNCE]) {
    const withLevel = (changes: Partial<typeof level>) => () => loss(query, [{ ...level, ...changes }]);
    expect(withLevel({ positives: lost })).toThrow(/alive at levels\[0\].positives must be 1: .* got 0 at 1/);
    expect(withLevel({ alive: half })).toThrow(/levels\[0\].alive must be 0 or 1, got 0.5 at 0/);
    expect(withLevel({ alive: short })).toThrow('needed levels[0].alive as float32 [8], got float32 [1]');
  }
  expect(memory().numTensors).toBe(numTensors);
});
