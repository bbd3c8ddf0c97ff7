import { createRng, type Rng } from '@hcsc/random';
import type { AnchorLevel, NegativeRequest, NegativeSampler } from '@hcsc/samplers';
import { perCall } from '@hcsc/trace';
import {
  customGrad,
  dispose,
  type GradSaveFunc,
  grad,
  matMul,
  memory,
  mul,
  scalar,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { ConformanceCase } from './conformance-case.js';
import { download } from './download.js';
import { ANCHORS, QUEUE, type SamplerInputs, samplerInputs, tensorsOf, WIDTH } from './negative-sampler-inputs.js';
import { randomUnitRows } from './random-rows.js';
import { replayed } from './replayed.js';
import { leakedTensors } from './tensor-leak.js';

/** Options of {@link testNegativeSampler}. */
export interface TestNegativeSamplerOptions {
  /** How often masks are drawn to compare keep rates with probabilities; default 200. */
  draws?: number;
  /** Seed of the inputs and draws; default 0. */
  seed?: number;
}

/** How far training has come, for samplers that change over it. */
const PROGRESS = 0.5;

/** The tests of `testNegativeSampler`, one by one. */
export function negativeSamplerCases(
  factory: () => NegativeSampler,
  { draws = 200, seed = 0 }: TestNegativeSamplerOptions = {},
): ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  const check = (title: string, body: (sampler: NegativeSampler, inputs: SamplerInputs) => void) =>
    cases.push({
      title,
      run: () => {
        const inputs = samplerInputs(createRng(seed).fork('inputs'));
        try {
          body(factory(), inputs);
        } finally {
          dispose(tensorsOf(inputs));
        }
      },
    });
  const request = (
    { queue, anchors, keys, levels }: SamplerInputs,
    changes: Partial<NegativeRequest> = {},
  ): NegativeRequest => ({
    candidates: levels.map(() => queue),
    levels,
    anchors,
    keys,
    progress: PROGRESS,
    rng: createRng(seed),
    ...changes,
  });

  check('has a name', (sampler) => {
    expect(sampler.name).toMatch(/\S/);
  });

  const candidatesOf = {
    instances: ({ levels, queue }: SamplerInputs) => levels.map(() => queue),
    prototypes: ({ levels }: SamplerInputs) => levels.map((level) => level.centroids),
  };
  for (const [kind, candidatesIn] of Object.entries(candidatesOf)) {
    check(`gives ${kind} a float32 mask of 0 and 1 per level`, (sampler, inputs) => {
      const candidates = candidatesIn(inputs);
      const masks = sampler.keep(request(inputs, { candidates }));
      expect(masks.map((mask) => mask.shape)).toEqual(candidates.map((rows) => [ANCHORS, rows.shape[0]]));
      expect(masks.map((mask) => mask.dtype)).toEqual(masks.map(() => 'float32'));
      expect(masks.flatMap(download).filter((value) => value !== 0 && value !== 1)).toEqual([]);
    });

    check(`gives ${kind} a probability per level, and draws nothing for it`, (sampler, inputs) => {
      const asked = request(inputs, { candidates: candidatesIn(inputs) });
      const before = asked.rng.state();
      const probabilities = sampler.probabilities(asked);
      expect(asked.rng.state()).toEqual(before);
      expect(probabilities.map((p) => p.shape)).toEqual(asked.candidates.map((rows) => [ANCHORS, rows.shape[0]]));
      expect(probabilities.flatMap(download).filter((value) => !(value >= 0 && value <= 1))).toEqual([]);
    });

    check(`keeps ${kind} as often as the probabilities say, over ${draws} draws`, (sampler, inputs) => {
      const asked = request(inputs, { candidates: candidatesIn(inputs), rng: createRng(seed).fork(kind) });
      const probabilities = sampler.probabilities(asked).map(download);
      const kept = probabilities.map((p) => new Array<number>(p.length).fill(0));
      // Of what is certain two draws show as much as many.
      const isCertain = probabilities.flat().every((p) => p === 0 || p === 1);
      const times = isCertain ? 2 : draws;
      for (let draw = 0; draw < times; draw++) {
        sampler.keep(asked).forEach((mask, l) => {
          download(mask).forEach((value, i) => {
            kept[l]![i]! += value;
          });
        });
      }
      const entries = probabilities.flat().length;
      probabilities.forEach((p, l) => {
        p.forEach((probability, i) => {
          expectCount(kept[l]![i]!, [probability], times, entries);
        });
        const total = kept[l]!.reduce((a, b) => a + b, 0);
        expectCount(total, p, times, entries);
      });
    });
  }

  check('draws the same masks from equal random streams, and others later in a stream', (sampler, inputs) => {
    const draw = (asked: NegativeRequest) => sampler.keep(asked).flatMap(download);
    const asked = request(inputs);
    const first = draw(asked);
    expect(draw(request(inputs))).toEqual(first);
    const probabilities = sampler.probabilities(request(inputs)).flatMap(download);
    const variance = probabilities.reduce((sum, p) => sum + p * (1 - p), 0);
    if (variance > 20) expect(draw(asked)).not.toEqual(first);
  });

  check('draws the same masks when it is compiled, and looks at no value', (sampler, inputs) => {
    const [plain, traced] = [createRng(seed), createRng(seed)];
    const { queue, anchors, keys, levels } = inputs;
    const { check: _, ...asked } = request(inputs);
    const compiled = replayed((queue: Tensor2D, anchors: Tensor2D, positives: Tensor1D[]) => {
      const here = levels.map((level, l) => ({ ...level, positives: positives[l]! }));
      const progress = perCall(() => PROGRESS);
      return sampler.keep({ candidates: levels.map(() => queue), anchors, keys, progress, levels: here, rng: traced });
    });
    const progress = scalar(PROGRESS);
    const before = memory().numTensors;
    for (let call = 0; call < 3; call++) {
      const masks = compiled(
        queue,
        anchors,
        levels.map(({ positives }) => positives),
      );
      expect(masks.flatMap(download)).toEqual(sampler.keep({ ...asked, progress, rng: plain }).flatMap(download));
    }
    dispose(progress);
    expect(memory().numTensors).toBe(before - 1);
  });

  check('leaves gradients alone, also those of the anchors', (sampler, inputs) => {
    const asked = request(inputs);
    // Σ mask · (anchors · queueᵀ), with a gradient of its own: those of the operations need not be registered.
    const total = customGrad((...args: (Tensor | GradSaveFunc)[]) => {
      const [anchors, mask, save] = args as [Tensor2D, Tensor2D, GradSaveFunc];
      save([mask]);
      return {
        value: sum(mul(mask, matMul(anchors, inputs.queue, false, true))),
        gradFunc: (dy: Tensor, [kept]: Tensor[]) => [mul(dy, matMul(kept as Tensor2D, inputs.queue)), zerosLike(kept!)],
      };
    });
    const slope = grad((anchors) => {
      const masks = sampler.keep({ ...asked, anchors: anchors as Tensor2D, rng: createRng(seed) });
      return total(anchors, masks[0]!);
    });
    const masks = sampler.keep(asked);
    const expected = matMul(masks[0]!, inputs.queue);
    dispose(masks);
    expect(download(tidy(() => slope(inputs.anchors)))).toEqual(download(expected));
  });

  for (const [kind, candidatesIn] of Object.entries(candidatesOf)) {
    check(`gives ${kind} weights of 0 or more, if it weighs, and draws nothing for them`, (sampler, inputs) => {
      if (!sampler.weights) return;
      const asked = request(inputs, { candidates: candidatesIn(inputs) });
      const before = asked.rng.state();
      expect(leakedTensors(() => sampler.weights!(asked))).toBe(0);
      const weights = sampler.weights(asked);
      expect(asked.rng.state()).toEqual(before);
      expect(weights.map((each) => each.shape)).toEqual(asked.candidates.map((rows) => [ANCHORS, rows.shape[0]]));
      expect(weights.flatMap(download).filter((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY))).toEqual(
        [],
      );
    });
  }

  check('leaves the request alone and nothing else behind', (sampler, inputs) => {
    expect(leakedTensors(() => sampler.keep(request(inputs)))).toBe(0);
    expect(leakedTensors(() => sampler.probabilities(request(inputs)))).toBe(0);
    expect(tensorsOf(inputs).some((tensor) => tensor.isDisposed)).toBe(false);
  });

  check('leaves nothing behind when a draw fails half-way', (sampler, inputs) => {
    const rng = createRng(seed);
    let calls = 0;
    const failing: Rng = Object.assign(Object.create(rng) as Rng, {
      uniformTensor: (shape: readonly number[]) => {
        if (++calls === 2) throw new Error('the random stream ended');
        return rng.uniformTensor(shape);
      },
    });
    expect(leakedTensors(() => sampler.keep(request(inputs, { rng: failing })))).toBe(0);
  });

  /** `make` says what is wrong with the request, and hands what it allocates to `own`. */
  const refuses = (what: string, make: (inputs: SamplerInputs, own: Own) => Partial<NegativeRequest>) =>
    check(`refuses ${what}, and leaves nothing behind`, (sampler, inputs) => {
      const owned: Tensor[] = [];
      const changes = make(inputs, (tensor) => {
        owned.push(tensor);
        return tensor;
      });
      const asked = request(inputs, changes);
      const before = memory().numTensors;
      expect(() => sampler.keep(asked)).toThrow(Error);
      expect(() => sampler.probabilities(asked)).toThrow(Error);
      expect(memory().numTensors).toBe(before);
      dispose(owned);
    });
  const replaced = (levels: AnchorLevel[], l: number, changes: Partial<AnchorLevel>) =>
    levels.map((level, i) => (i === l ? { ...level, ...changes } : level));
  refuses('no levels', () => ({ levels: [], candidates: [] }));
  refuses('candidates for fewer levels', ({ queue }) => ({ candidates: [queue] }));
  refuses('candidates of another width', ({ levels }, own) => {
    const wide = own(randomUnitRows(createRng(seed), QUEUE, WIDTH + 1));
    return { candidates: levels.map(() => wide) };
  });
  refuses('no candidates at a level', ({ levels, queue }, own) => {
    const none = own(tensor2d([], [0, WIDTH]));
    return { candidates: levels.map((_, l) => (l === 1 ? none : queue)) };
  });
  refuses('positives of another number of anchors', ({ levels }, own) => ({
    levels: replaced(levels, 1, { positives: own(tensor1d([0], 'int32')) }),
  }));
  refuses('positives that are not int32', ({ levels }, own) => ({
    levels: replaced(levels, 0, { positives: own(tensor1d(new Array(ANCHORS).fill(0), 'float32')) }),
  }));
  refuses('a concentration of another size', ({ levels }, own) => ({
    levels: replaced(levels, 2, { concentration: own(tensor1d([0.2])) }),
  }));
  return cases;
}

type Own = <T extends Tensor>(tensor: T) => T;

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
