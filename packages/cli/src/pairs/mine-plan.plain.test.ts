import { nearestNeighbours, semanticPairs } from '@hcsc/samplers';
import { minedPairs, pixelEncoder, type Recipe, savedPairs } from '@hcsc/train';
import { describe, expect, test } from 'vitest';
import { minePlan } from './mine-plan.js';

const of = (pairs?: Recipe['pairs']) => ({ name: 'spps', ...(pairs && { pairs }) }) as Recipe;
const encoder = pixelEncoder();
const own = minedPairs({ encoder, miner: semanticPairs({ lower: 0.9, upper: 0.98 }), share: 0.5, seed: 4 });

describe('the plan that is asked for', () => {
  test('is the recipe’s own, if nothing is', async () => {
    expect(await minePlan(of(own), {})).toBe(own);
  });

  test.each([
    [{ lower: 0.8 }, { miner: { name: 'semanticPairs', lower: 0.8, upper: 0.98 }, share: 0.5, seed: 4 }],
    [{ upper: 0.99 }, { miner: { name: 'semanticPairs', lower: 0.9, upper: 0.99 }, share: 0.5, seed: 4 }],
    [{ target: 20 }, { miner: { name: 'semanticPairs', target: 20, upper: 0.98 }, share: 0.5, seed: 4 }],
    [{ share: 0.25 }, { miner: { name: 'semanticPairs', lower: 0.9, upper: 0.98 }, share: 0.25, seed: 4 }],
    [{ share: 1 }, { miner: { name: 'semanticPairs', lower: 0.9, upper: 0.98 }, share: 1 }],
  ])('has %j, and else what the recipe has', async (asked, options) => {
    const plan = await minePlan(of(own), asked);
    expect(plan.options).toEqual({ encoder: { name: 'pixels' }, ...options });
  });

  test('has a target in the place of a lower threshold, and the other way round', async () => {
    const by = minedPairs({ encoder, miner: semanticPairs({ target: 30, upper: 0.98 }) });
    expect((await minePlan(of(by), { upper: 0.97 })).options.miner).toMatchObject({ target: 30, upper: 0.97 });
    const lower = (await minePlan(of(by), { lower: 0.5 })).options.miner;
    expect(lower).toEqual({ name: 'semanticPairs', lower: 0.5, upper: 0.98 });
  });

  test('has the encoder that is named, and SPPS’s thresholds if there are no others', async () => {
    const plan = await minePlan(of(), { encoder: 'weights.pth' });
    expect(plan.options).toMatchObject({
      encoder: { name: 'weights.pth' },
      miner: { name: 'semanticPairs', lower: 0.97, upper: 0.99 },
      share: 1,
    });
    const other = await minePlan(of(own), { encoder: 'weights.pth' });
    expect(other.options).toMatchObject({ encoder: { name: 'weights.pth' }, miner: { lower: 0.9 }, share: 0.5 });
  });

  test('keeps a miner of another kind', async () => {
    const neighbours = minedPairs({ encoder, miner: nearestNeighbours({ k: 2 }) });
    expect((await minePlan(of(neighbours), { share: 0.5 })).options.miner).toMatchObject({
      name: 'nearestNeighbours',
      k: 2,
    });
    await expect(minePlan(of(neighbours), { lower: 0.5 })).rejects.toThrow(
      'The pairs of spps are mined by nearestNeighbours: --lower, --upper and --target are for semanticPairs',
    );
  });
});

test.each([
  ['no pairs', of(), {}, 'spps has no pairs of its own: give --encoder to mine some with, weights, a run or a recipe'],
  ['no pairs to change', of(), { lower: 0.5 }, 'spps has no pairs of its own: give --encoder'],
  [
    'pairs of a folder',
    of(savedPairs('there')),
    { lower: 0.5 },
    'The pairs of spps are those of savedPairs, which cannot',
  ],
  [
    'thresholds the wrong way',
    of(own),
    { lower: 0.99 },
    'needed -1 ≤ lower ≤ upper ≤ 1, got lower 0.99 and upper 0.98',
  ],
  ['both', of(own), { lower: 0.9, target: 5 }, 'needed lower or target'],
  ['no such recipe', of(), { encoder: 'nowhere.ts' }, 'No recipe at nowhere.ts'],
])('%s', async (_, recipe, options, message) => {
  await expect(minePlan(recipe, options)).rejects.toThrow(message);
});
