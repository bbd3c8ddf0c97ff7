import type { MinedPairs } from '@hcsc/samplers';
import type { PairContext, Recipe } from '@hcsc/train';
import { expect, test } from 'vitest';
import { notedPairs } from './noted-pairs.js';

const mined = { images: 2 } as MinedPairs;
const context = {} as PairContext;

test('pairs are noted before training goes on; the plan is the same to all else', async () => {
  const recipe = {
    name: 'spps',
    pairs: { name: 'mine', options: { a: 1 }, find: async () => mined },
  } as unknown as Recipe;
  const shown: unknown[] = [];
  const { recipe: noted, found } = notedPairs(recipe, async (...all) => void shown.push(all));
  expect([noted.pairs!.name, noted.pairs!.options, found()]).toEqual(['mine', { a: 1 }, null]);
  expect(await noted.pairs!.find(context)).toBe(mined);
  expect(found()).toBe(mined);
  expect(shown).toEqual([[mined, context]]);
});

test('a recipe without pairs stays as it is', () => {
  const recipe = { name: 'simclr' } as Recipe;
  const noted = notedPairs(recipe);
  expect(noted.recipe).toBe(recipe);
  expect(noted.found()).toBeNull();
});
