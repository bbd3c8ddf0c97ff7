import { createRng, type Rng } from '@hcsc/random';
import type { AnchorLevel, NegativeRequest, NegativeSampler } from '@hcsc/samplers';
import { dispose, memory, type Tensor, type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUnitRows } from './random-rows.js';
import { leakedTensors } from './tensor-leak.js';

/** Options of {@link testNegativeSampler}. */
export interface TestNegativeSamplerOptions {
  /** How often masks are drawn to compare keep rates with probabilities; default 200. */
  draws?: number;
  /** Seed of the inputs and draws; default 0. */
  seed?: number;
}

const [ANCHORS, QUEUE, WIDTH] = [5, 24, 6];
const CLUSTERS = [10, 5, 3];

/**
 * The conformance suite of a negative sampler, as vitest tests: shapes, masks of 0 and 1, equal masks from equal random
 * streams, keep rates that agree with the probabilities, ownership of tensors, and refusal of malformed requests; for
 * queue entries and for prototypes as candidates.
 *
 * A backend must be chosen in a set-up file.
 *
 * @example
 * ```ts
 * import { testNegativeSampler } from '@hcsc/testing';
 * import { mySampler } from './my-sampler.js';
 * testNegativeSampler('mySampler', () => mySampler());
 * ```
 */
export function testNegativeSampler(
  name: string,
  factory: () => NegativeSampler,
  { draws = 200, seed = 0 }: TestNegativeSamplerOptions = {},
): void {
  describe(`${name} is a negative sampler`, () => {
    const sampler = factory();
    let levels: AnchorLevel[];
    let queue: Tensor2D;
    let anchors: Tensor2D;
    const kinds = {
      instances: () => levels.map(() => queue),
      prototypes: () => levels.map((level) => level.centroids),
    };
    const request = (changes: Partial<NegativeRequest> = {}): NegativeRequest => ({
      candidates: kinds.instances(),
      levels,
      anchors,
      rng: createRng(seed),
      ...changes,
    });

    beforeAll(() => {
      const rng = createRng(seed).fork('inputs');
      levels = randomLevels(rng);
      queue = randomUnitRows(rng, QUEUE, WIDTH);
      anchors = randomUnitRows(rng, ANCHORS, WIDTH);
    });
    afterAll(() => {
      dispose([queue, anchors]);
      for (const level of levels) dispose(Object.values(level).filter((tensor) => tensor !== null));
    });

    it('has a name', () => {
      expect(sampler.name).toMatch(/\S/);
    });

    for (const [kind, candidates] of Object.entries(kinds)) {
      const expectedShapes = () => candidates().map((rows) => [ANCHORS, rows.shape[0]]);

      it(`gives ${kind} a float32 mask of 0 and 1 per level`, () => {
        const masks = sampler.keep(request({ candidates: candidates() }));
        expect(masks.map((mask) => mask.shape)).toEqual(expectedShapes());
        for (const mask of masks) {
          expect(mask.dtype).toBe('float32');
          expect(read(mask).filter((value) => value !== 0 && value !== 1)).toEqual([]);
        }
      });

      it(`gives ${kind} a probability per level, and draws nothing for it`, () => {
        const asked = request({ candidates: candidates() });
        const before = asked.rng.state();
        const probabilities = sampler.probabilities(asked);
        expect(asked.rng.state()).toEqual(before);
        expect(probabilities.map((p) => p.shape)).toEqual(expectedShapes());
        for (const p of probabilities) expect(read(p).filter((value) => !(value >= 0 && value <= 1))).toEqual([]);
      });

      it(`keeps ${kind} as often as the probabilities say, over ${draws} draws`, () => {
        const asked = request({ candidates: candidates(), rng: createRng(seed).fork(kind) });
        const probabilities = sampler.probabilities(asked).map(read);
        const kept = probabilities.map((p) => new Array<number>(p.length).fill(0));
        for (let draw = 0; draw < draws; draw++) {
          sampler.keep(asked).forEach((mask, l) => {
            read(mask).forEach((value, i) => {
              kept[l]![i]! += value;
            });
          });
        }
        const entries = probabilities.flat().length;
        probabilities.forEach((p, l) => {
          p.forEach((probability, i) => {
            expectCount(kept[l]![i]!, [probability], draws, entries);
          });
          const total = kept[l]!.reduce((a, b) => a + b, 0);
          expectCount(total, p, draws, entries);
        });
      });
    }

    it('draws the same masks from equal random streams, and others later in a stream', () => {
      const draw = (asked: NegativeRequest) => sampler.keep(asked).flatMap(read);
      const asked = request();
      const first = draw(asked);
      expect(draw(request())).toEqual(first);
      const spread = sampler.probabilities(request()).flatMap(read);
      const variance = spread.reduce((sum, p) => sum + p * (1 - p), 0);
      if (variance > 20) expect(draw(asked)).not.toEqual(first);
    });

    it('leaves the request alone and nothing else behind', () => {
      expect(leakedTensors(() => sampler.keep(request()))).toBe(0);
      expect(leakedTensors(() => sampler.probabilities(request()))).toBe(0);
      const given = [queue, anchors, ...levels.flatMap((level) => Object.values(level) as (Tensor | null)[])];
      expect(given.some((tensor) => tensor?.isDisposed)).toBe(false);
    });

    it('leaves nothing behind when a draw fails half-way', () => {
      const rng = createRng(seed);
      let calls = 0;
      const failing: Rng = Object.assign(Object.create(rng) as Rng, {
        uniformTensor: (shape: readonly number[]) => {
          if (++calls === 2) throw new Error('the random stream ended');
          return rng.uniformTensor(shape);
        },
      });
      expect(leakedTensors(() => sampler.keep(request({ rng: failing })))).toBe(0);
    });

    const refuses = (what: string, make: (made: <T extends Tensor>(tensor: T) => T) => Partial<NegativeRequest>) =>
      it(`refuses ${what}, and leaves nothing behind`, () => {
        const made: Tensor[] = [];
        const asked = request(
          make((tensor) => {
            made.push(tensor);
            return tensor;
          }),
        );
        const before = memory().numTensors;
        expect(() => sampler.keep(asked)).toThrow(Error);
        expect(() => sampler.probabilities(asked)).toThrow(Error);
        expect(memory().numTensors).toBe(before);
        dispose(made);
      });
    const replaced = (l: number, changes: Partial<AnchorLevel>) =>
      levels.map((level, i) => (i === l ? { ...level, ...changes } : level));
    const other = createRng(seed).fork('bad input');
    refuses('no levels', () => ({ levels: [], candidates: [] }));
    refuses('candidates for fewer levels', () => ({ candidates: [queue] }));
    refuses('candidates of another width', (made) => {
      const wide = made(randomUnitRows(other, QUEUE, WIDTH + 1));
      return { candidates: levels.map(() => wide) };
    });
    refuses('no candidates at a level', (made) => {
      const none = made(tensor2d([], [0, WIDTH]));
      return { candidates: levels.map(() => none) };
    });
    refuses('positives of another number of anchors', (made) => ({
      levels: replaced(1, { positives: made(tensor1d([0], 'int32')) }),
    }));
    refuses('positives that are not int32', (made) => ({
      levels: replaced(0, { positives: made(tensor1d(new Array(ANCHORS).fill(0), 'float32')) }),
    }));
    refuses('a concentration of another size', (made) => ({
      levels: replaced(2, { concentration: made(tensor1d([0.2])) }),
    }));
  });
}

function randomLevels(rng: Rng): AnchorLevel[] {
  let positives = Array.from({ length: ANCHORS }, () => rng.integer(CLUSTERS[0]!));
  return CLUSTERS.map((k, l): AnchorLevel => {
    const above = CLUSTERS[l + 1];
    const parents = above ? Array.from({ length: k }, () => rng.integer(above)) : null;
    const level = {
      centroids: randomUnitRows(rng, k, WIDTH),
      concentration: tensor1d(Array.from({ length: k }, () => 0.1 + 0.2 * rng.uniform())),
      parents: parents && tensor1d(parents, 'int32'),
      positives: tensor1d(positives, 'int32') as Tensor1D,
    };
    positives = positives.map((id) => parents?.[id] ?? 0);
    return level;
  });
}

/** Downloads and disposes. */
function read(tensor: Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

/**
 * A count over `draws` rounds of independent draws with these probabilities must be as near to its mean as Bernstein's
 * inequality says, with one false alarm in a million over `tests` counts.
 */
function expectCount(count: number, probabilities: number[], draws: number, tests: number): void {
  const mean = draws * probabilities.reduce((sum, p) => sum + p, 0);
  const variance = draws * probabilities.reduce((sum, p) => sum + p * (1 - p), 0);
  const log = Math.log(2e6 * tests);
  const bound = variance === 0 ? 0 : log / 3 + Math.sqrt(log ** 2 / 9 + 2 * variance * log);
  expect(Math.abs(count - mean)).toBeLessThanOrEqual(bound + 1e-6 * mean);
}
