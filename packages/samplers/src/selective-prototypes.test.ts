import { createRng } from '@hcsc/random';
import { testNegativeSampler } from '@hcsc/testing';
import { dispose, memory, type Tensor1D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { AnchorLevel } from './negative-sampler.js';
import { selectivePrototypes } from './selective-prototypes.js';

testNegativeSampler('selectivePrototypes', () => selectivePrototypes());

interface Level {
  c: number[][];
  phi: number[];
  parents: number[] | null;
  positives: number[];
}

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The formula, one anchor and one prototype at a time, in float64. */
function slowProbabilities(level: Level, above: Level | undefined, tau: number, min: number, max: number): number[] {
  return level.positives.flatMap((own) =>
    level.c.map((prototype) => {
      if (!above) return 1;
      const mean = above.phi.reduce((a, b) => a + b) / above.phi.length;
      const exps = above.c.map((parent, k) => Math.exp(dot(prototype, parent) / ((tau * above.phi[k]!) / mean)));
      const p = 1 - exps[level.parents![own]!]! / exps.reduce((a, b) => a + b);
      return Math.min(Math.max(p, min), max);
    }),
  );
}

function example(): Level[] {
  const rng = createRng(5);
  const clusters = [9, 5, 3];
  let positives = [0, 3, 8, 3];
  return clusters.map((k, l) => {
    const c = Array.from({ length: k }, () => {
      const row = Array.from({ length: 4 }, () => rng.normal());
      return row.map((x) => x / Math.hypot(...row));
    });
    const above = clusters[l + 1];
    const parents = above ? c.map(() => rng.integer(above)) : null;
    const level = { c, phi: c.map(() => 0.1 + 0.5 * rng.uniform()), parents, positives };
    positives = positives.map((id) => parents?.[id] ?? 0);
    return level;
  });
}

const toTensors = ({ c, phi, parents, positives }: Level): AnchorLevel => ({
  centroids: tensor2d(c),
  concentration: tensor1d(phi),
  parents: parents && tensor1d(parents, 'int32'),
  positives: tensor1d(positives, 'int32') as Tensor1D,
});

const release = (levels: AnchorLevel[]) => {
  for (const level of levels) dispose(Object.values(level).filter((tensor) => tensor !== null));
};

describe('selectivePrototypes', () => {
  for (const options of [
    { temperature: 0.2, min: 1e-4, max: 0.999 },
    { temperature: 0.5, min: 0.3, max: 0.6 },
  ]) {
    it(`computes the formula with ${JSON.stringify(options)}`, () => {
      const slow = example();
      const levels = slow.map(toTensors);
      const candidates = levels.map((level) => level.centroids);
      const p = selectivePrototypes(options).probabilities({ candidates, levels, rng: createRng(0) });
      const { temperature, min, max } = options;
      p.forEach((matrix, l) => {
        expect(matrix).toBeAllclose(slowProbabilities(slow[l]!, slow[l + 1], temperature, min, max), 1e-5);
      });
      dispose(p);
      release(levels);
    });
  }

  it('keeps all at the top, also where it is the only level', () => {
    const levels = [toTensors(example()[2]!)];
    const [mask] = selectivePrototypes().keep({ candidates: [levels[0]!.centroids], levels, rng: createRng(0) });
    expect(mask!).toBeAllclose(new Array(12).fill(1), 0);
    dispose(mask!);
    release(levels);
  });

  it('names the level whose parents are missing or out of range', () => {
    const levels = example().map(toTensors);
    const candidates = levels.map((level) => level.centroids);
    const wrong = tensor1d([0, 1, 2, 3, 0], 'int32');
    const ask = (parents: Tensor1D | null) => () =>
      selectivePrototypes().keep({
        candidates,
        levels: levels.map((level, l) => (l === 1 ? { ...level, parents } : level)),
        rng: createRng(0),
      });
    const before = memory().numTensors;
    expect(ask(null)).toThrow(
      new RangeError(
        "Cannot sample negatives with selectivePrototypes: needed levels[1].parents, its prototypes' parents in levels[2], got none",
      ),
    );
    expect(ask(wrong)).toThrow(/levels\[1\].parents must be an id from 0 to 2, got 3 at 3/);
    expect(memory().numTensors).toBe(before);
    wrong.dispose();
    release(levels);
  });

  it('refuses options that are no temperature or probabilities', () => {
    expect(() => selectivePrototypes({ temperature: 0 })).toThrow(
      /needed temperature as a finite number above 0, got 0/,
    );
    expect(() => selectivePrototypes({ min: -0.1 })).toThrow(/needed min as a probability from 0 to 1, got -0.1/);
    expect(() => selectivePrototypes({ max: 2 })).toThrow(RangeError);
    expect(() => selectivePrototypes({ min: 0.9, max: 0.1 })).toThrow(/needed min to be at most max, got 0.9 and 0.1/);
  });
});
