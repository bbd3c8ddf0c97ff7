import { createRng } from '@hcsc/random';
import type { NegativeSampler } from '@hcsc/samplers';
import {
  cast,
  fill,
  less,
  matMul,
  mul,
  range,
  reshape,
  scalar,
  sub,
  type Tensor2D,
  tidy,
  tile,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { failedCases } from './failed-cases.fixture.js';
import { negativeSamplerCases } from './negative-sampler-cases.js';

const ownStream = createRng(9);

/** Keeps half, and refuses nothing but what its operations refuse. */
const good: NegativeSampler = {
  name: 'half',
  probabilities: ({ candidates, levels }) =>
    tidy(() => levels.map(({ positives }, l) => fill([positives.shape[0], candidates[l]!.shape[0]], 0.5))),
  keep: (request) =>
    tidy(() =>
      good.probabilities(request).map((p) => cast(less(request.rng.uniformTensor(p.shape), p), 'float32') as Tensor2D),
    ),
};

const failures = (sampler: NegativeSampler) => failedCases(negativeSamplerCases(() => sampler, { draws: 100 }));

describe('the conformance suite of negative samplers', () => {
  it('finds what a sampler does not refuse, and nothing else', async () => {
    expect(await failures(good)).toEqual([
      'refuses no levels, and leaves nothing behind',
      'refuses candidates of another width, and leaves nothing behind',
      'refuses no candidates at a level, and leaves nothing behind',
      'refuses positives of another number of anchors, and leaves nothing behind',
      'refuses positives that are not int32, and leaves nothing behind',
      'refuses a concentration of another size, and leaves nothing behind',
    ]);
  });

  it('finds that a refusal leaves a tensor behind', async () => {
    const refusing: NegativeSampler = {
      ...good,
      keep: (request) => {
        const left = scalar(0);
        if (request.candidates.length !== 3) throw new RangeError('No');
        left.dispose();
        return good.keep(request);
      },
    };
    expect(await failures(refusing)).toContain('refuses candidates for fewer levels, and leaves nothing behind');
  });

  it('finds nothing wrong with masks that are certain', async () => {
    const first: NegativeSampler = {
      name: 'the first half',
      probabilities: ({ candidates, levels }) =>
        tidy(() =>
          levels.map(({ positives }, l) => {
            const count = candidates[l]!.shape[0];
            const row = cast(less(range(0, count), count / 2), 'float32');
            return tile(reshape(row, [1, count]), [positives.shape[0], 1]) as Tensor2D;
          }),
        ),
      keep: (request) => first.probabilities(request),
    };
    expect((await failures(first)).filter((title) => !title.startsWith('refuses'))).toEqual([]);
    const lying: NegativeSampler = {
      ...first,
      keep: (request) => tidy(() => first.keep(request).map((mask) => sub<Tensor2D>(1, mask))),
    };
    expect(await failures(lying)).toContain('keeps instances as often as the probabilities say, over 100 draws');
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
    'a random stream of its own': [
      { keep: (request) => good.keep({ ...request, rng: ownStream }) },
      'draws the same masks from equal random streams, and others later in a stream',
    ],
    'probabilities above 1': [
      { probabilities: (request) => tidy(() => good.probabilities(request).map((p) => mul<Tensor2D>(p, 3))) },
      'gives prototypes a probability per level, and draws nothing for it',
    ],
    'instances that are never kept': [
      {
        keep: (request) =>
          tidy(() => good.keep(request).map((mask) => (mask.shape[1] === 24 ? mul<Tensor2D>(mask, 0) : mask))),
      },
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
    it(`finds ${fault}`, async () => {
      // The second is there to see that the sampler runs at all.
      const sane = ['has a name', 'gives prototypes a float32 mask of 0 and 1 per level'].find((one) => one !== title);
      const cases = negativeSamplerCases(() => ({ ...good, ...change }), { draws: 100 });
      const asked = cases.filter((one) => one.title === title || one.title === sane);
      expect(asked).toHaveLength(2);
      expect(await failedCases(asked)).toEqual([title]);
    });
  }
});
