import { createRng, type Rng } from '@hcsc/random';
import { dispose, memory, type Tensor, type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allNegatives } from './all-negatives.js';
import { anchorLevels } from './anchor-levels.js';
import { both } from './both.js';
import { curriculum } from './curriculum.js';
import { debiasedNegatives } from './debiased-negatives.js';
import { either } from './either.js';
import { inverse } from './inverse.js';
import { keepStatistics } from './keep-statistics.js';
import type { AnchorLevel } from './negative-sampler.js';
import { selectiveInstances } from './selective-instances.js';
import { selectivePrototypes } from './selective-prototypes.js';
import { uniformNegatives } from './uniform-negatives.js';

/** Levels of 9, 5 and 3 prototypes, some dropped. */
const ALIVE = [
  [1, 0, 1, 1, 0, 0, 1, 1, 1],
  [0, 1, 1, 0, 1],
  [1, 0, 1],
];
const living = (l: number) => ALIVE[l]!.flatMap((flag, row) => (flag === 1 ? [row] : []));

interface Level {
  c: number[][];
  phi: number[];
  parents: number[] | null;
  positives: number[];
}

const unit = (rng: Rng) => {
  const row = Array.from({ length: 4 }, () => rng.normal());
  return row.map((x) => x / Math.hypot(...row));
};

function example(): Level[] {
  const rng = createRng(5);
  const any = (l: number) => living(l)[rng.integer(living(l).length)]!;
  return ALIVE.map((flags, l) => ({
    c: flags.map(() => unit(rng)),
    phi: flags.map(() => 0.1 + 0.5 * rng.uniform()),
    parents: l < 2 ? flags.map(() => any(l + 1)) : null,
    positives: [0, 1, 2, 3].map(() => any(l)),
  }));
}

/** The same levels without the rows that were dropped. */
const without = (levels: Level[]): Level[] =>
  levels.map(({ c, phi, parents, positives }, l) => ({
    c: living(l).map((row) => c[row]!),
    phi: living(l).map((row) => phi[row]!),
    parents: parents && living(l).map((row) => living(l + 1).indexOf(parents[row]!)),
    positives: positives.map((row) => living(l).indexOf(row)),
  }));

const owned: Tensor[] = [];
const own = <T extends Tensor>(tensor: T): T => {
  owned.push(tensor);
  return tensor;
};
const ids = (values: number[]) => own(tensor1d(values, 'int32')) as Tensor1D;
const toTensors = ({ c, phi, parents, positives }: Level): AnchorLevel => ({
  centroids: own(tensor2d(c)),
  concentration: own(tensor1d(phi)),
  parents: parents && ids(parents),
  positives: ids(positives),
});
const withAlive = (levels: Level[]): AnchorLevel[] =>
  levels.map((level, l) => ({ ...toTensors(level), alive: own(tensor1d(ALIVE[l]!)) }));
const prototypesOf = (levels: AnchorLevel[]) => levels.map(({ centroids }) => centroids);
const rows = (tensor: Tensor2D) => own(tensor).arraySync();

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  dispose(owned.splice(0));
  expect(memory().numTensors).toBe(before);
});

describe('prototypes that were dropped', () => {
  it('take no part in the selection of instances', () => {
    const [levels, compact] = [withAlive(example()), without(example()).map(toTensors)];
    const rng = createRng(0);
    const queue = own(tensor2d(Array.from({ length: 20 }, () => unit(rng))));
    const ask = (given: AnchorLevel[]) =>
      selectiveInstances().probabilities({ candidates: given.map(() => queue), levels: given, rng });
    const expected = ask(compact);
    ask(levels).forEach((p, l) => {
      expect(own(p)).toBeAllclose(own(expected[l]!), 1e-5);
    });
  });

  it('take no part in the selection of prototypes, and are never kept', () => {
    const [levels, compact] = [withAlive(example()), without(example()).map(toTensors)];
    const ask = (given: AnchorLevel[]) =>
      selectivePrototypes().probabilities({ candidates: prototypesOf(given), levels: given, rng: createRng(0) });
    const expected = ask(compact).map(rows);
    for (const [l, p] of ask(levels).map(rows).entries()) {
      p.forEach((row, a) => {
        expect(living(l).map((j) => row[j]!)).toBeAllclose(expected[l]![a]!, 1e-5);
        expect(row.filter((value, j) => ALIVE[l]![j] === 0 && value !== 0)).toEqual([]);
      });
    }
  });

  it.each([
    ...[selectivePrototypes(), selectiveInstances(), uniformNegatives({ keep: 0.9 }), allNegatives()],
    ...[inverse(uniformNegatives({ keep: 0.1 })), both(allNegatives(), uniformNegatives({ keep: 0.9 }))],
    either(uniformNegatives({ keep: 0.2 }), inverse(uniformNegatives({ keep: 0.3 }))),
    ...[debiasedNegatives(), curriculum([{ until: 1, sampler: inverse(uniformNegatives({ keep: 0.1 })) }])],
  ])('$name: 0 in the masks of prototypes, kept as ever in those of the queue', (sampler) => {
    const levels = withAlive(example());
    const queue = levels[0]!.centroids;
    const masks = sampler.keep({ candidates: prototypesOf(levels), levels, rng: createRng(1), progress: 1 });
    for (const [l, mask] of masks.entries()) {
      const columns = ALIVE[l]!.map((_, j) => rows(mask).reduce((sum, row) => sum + row[j]!, 0));
      expect(columns.filter((kept, j) => ALIVE[l]![j] === 0 && kept > 0)).toEqual([]);
      expect(columns.some((kept) => kept > 0)).toBe(true);
    }
    // The same rows, as a queue, in a tensor of their own.
    const other = own(tensor2d(queue.arraySync()));
    const [first, ...rest] = sampler.keep({
      candidates: levels.map(() => other),
      levels,
      rng: createRng(1),
      progress: 1,
    });
    const kept = rows(first!).flatMap((row) => row.filter((_, j) => ALIVE[0]![j] === 0));
    expect(kept).toContain(1);
    rest.map(own);
  });

  it('are handed on, and left out of the counts', async () => {
    const levels = withAlive(example()).map((level) => ({ ...level, assignments: level.positives, counts: ids([0]) }));
    const found = anchorLevels({ levels }, [0, 2]);
    const without = anchorLevels({ levels: levels.map((level) => ({ ...level, alive: undefined })) }, [0]);
    for (const { positives } of [...found, ...without]) own(positives);
    expect(found.map((level) => level.alive)).toEqual(levels.map((level) => level.alive));
    expect(without.map((level) => level.alive)).toEqual([null, null, null]);
    const masks = allNegatives()
      .keep({ candidates: prototypesOf(levels), levels, rng: createRng(0) })
      .map(own);
    const alive = levels.map((level) => level.alive);
    expect(await keepStatistics(masks, { alive })).toMatchObject([{ keepRate: 1 }, { keepRate: 1 }, { keepRate: 1 }]);
    const [all] = await keepStatistics(masks);
    expect(all!.keepRate).toBeCloseTo(6 / 9, 6);
    await expect(keepStatistics(masks, { alive: alive.slice(1) })).rejects.toThrow(
      'needed alive for each of the 3 levels, got 2',
    );
    await expect(keepStatistics(masks, { alive: alive.toReversed() })).rejects.toThrow(
      'needed alive[0] as float32 [9]',
    );
  });

  it('cannot be an anchor’s own', () => {
    const levels = withAlive(example());
    const ask = (changes: Partial<AnchorLevel>) => () =>
      allOf(levels.map((level, l) => (l === 1 ? { ...level, ...changes } : level)));
    const allOf = (given: AnchorLevel[]) =>
      selectivePrototypes().keep({ candidates: prototypesOf(given), levels: given, rng: createRng(0) });
    const [lost, half, short] = [ids([1, 2, 0, 1]), own(tensor1d([1, 0.5, 1, 1, 1])), own(tensor1d([1]))];
    const { numTensors } = memory();
    expect(ask({ positives: lost })).toThrow(/alive at levels\[1\].positives must be 1: .* got 0 at 2/);
    expect(ask({ alive: half })).toThrow(/levels\[1\].alive must be 0 or 1, got 0.5 at 1/);
    expect(ask({ alive: short })).toThrow('needed levels[1].alive as float32 [5], got float32 [1]');
    expect(memory().numTensors).toBe(numTensors);
  });
});
