import type { NegativeSampler } from '@hcsc/samplers';
import { cast, fill, less, matMul, mul, sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { negativeSamplerCases } from './negative-sampler-cases.js';

/** Keeps half, and refuses nothing but what its operations refuse. */
const good: NegativeSampler = {
  name: 'half',
  probabilities: ({ candidates, levels }) =>
    levels.map(({ positives }, l) => fill([positives.shape[0], candidates[l]!.shape[0]], 0.5)),
  keep: (request) =>
    tidy(() =>
      good.probabilities(request).map((p) => cast(less(request.rng.uniformTensor(p.shape), p), 'float32') as Tensor2D),
    ),
};

function failures(sampler: NegativeSampler): string[] {
  return negativeSamplerCases(() => sampler, { draws: 100 }).flatMap(({ title, run }) => {
    try {
      run();
      return [];
    } catch {
      return [title];
    }
  });
}

describe('the conformance suite of negative samplers', () => {
  it('finds that a sampler refuses nothing, and nothing else', () => {
    expect(failures(good).filter((title) => !title.startsWith('refuses'))).toEqual([]);
    expect(failures(good)).toContain('refuses candidates of another width, and leaves nothing behind');
    expect(failures(good)).toContain('refuses positives that are not int32, and leaves nothing behind');
  });

  const faults: Record<string, [Partial<NegativeSampler>, string]> = {
    'no name': [{ name: '' }, 'has a name'],
    'a leak': [
      {
        keep: (request) => {
          request.rng.uniformTensor([1]);
          return good.keep(request);
        },
      },
      'leaves the request alone and nothing else behind',
    ],
    'a leak when a draw fails': [
      {
        keep: ({ candidates, levels, rng }) =>
          levels.map(({ positives }, l) =>
            tidy(() => {
              const draws = rng.uniformTensor([positives.shape[0], candidates[l]!.shape[0]]);
              return cast(less(draws, 0.5), 'float32') as Tensor2D;
            }),
          ),
      },
      'leaves nothing behind when a draw fails half-way',
    ],
    'draws on the host': [
      {
        keep: (request) => {
          request.rng.integer(3);
          return good.keep(request);
        },
      },
      'draws the same masks when it is compiled, and looks at no value',
    ],
    'masks that are not 0 or 1': [
      { keep: (request) => tidy(() => good.keep(request).map((mask) => mul<Tensor2D>(mask, 0.9))) },
      'gives instances a float32 mask of 0 and 1 per level',
    ],
    'a missing level': [
      { keep: (request) => tidy(() => good.keep(request).slice(1)) },
      'gives prototypes a float32 mask of 0 and 1 per level',
    ],
    'probabilities that draw': [
      {
        probabilities: (request) => {
          request.rng.uniform();
          return good.probabilities(request);
        },
      },
      'gives instances a probability per level, and draws nothing for it',
    ],
    'a keep rate 10 % above the probability': [
      { probabilities: (request) => tidy(() => good.probabilities(request).map((p) => mul<Tensor2D>(p, 0.9))) },
      'keeps instances as often as the probabilities say, over 100 draws',
    ],
    'one draw for all times': [
      { keep: ({ rng, ...request }) => good.keep({ ...request, rng: rng.fork('the same') }) },
      'keeps prototypes as often as the probabilities say, over 100 draws',
    ],
    'inputs that are disposed': [
      {
        keep: (request) => {
          const masks = good.keep(request);
          request.anchors?.dispose();
          return masks;
        },
      },
      'leaves the request alone and nothing else behind',
    ],
    'comparisons that are on the way of a gradient': [
      {
        keep: ({ anchors, candidates }) =>
          tidy(() =>
            candidates.map((rows) => cast(less(matMul(anchors!, rows, false, true), 0.5), 'float32') as Tensor2D),
          ),
      },
      'leaves gradients alone, also those of the anchors',
    ],
    'weights below 0': [
      { weights: (request) => tidy(() => good.probabilities(request).map((p) => sub<Tensor2D>(p, 1))) },
      'gives instances weights of 0 or more, if it weighs, and draws nothing for them',
    ],
    'weights that draw': [
      {
        weights: (request) => {
          request.rng.uniform();
          return good.probabilities(request);
        },
      },
      'gives prototypes weights of 0 or more, if it weighs, and draws nothing for them',
    ],
  };
  for (const [fault, [change, title]] of Object.entries(faults)) {
    it(`finds ${fault}`, () => {
      expect(failures({ ...good, ...change })).toContain(title);
    });
  }
});
