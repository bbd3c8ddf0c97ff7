import { expect, test } from 'vitest';
import { applySettings, assertRecipe, type Recipe } from './recipe.js';
import { cosine } from './schedule.js';
import { sgd } from './sgd.js';

const recipe = {
  name: 'tiny',
  seed: 0,
  epochs: 3,
  batchSize: 8,
  data: {},
  views: {},
  method: () => {},
  optimizer: sgd({ learningRate: 0.1 }),
  schedule: cosine(),
  settings: { queue: 64, shuffle: true, note: 'a' },
} as unknown as Recipe;

test('values of the recipe, the learning rate and its own settings can be set', () => {
  const changed = applySettings(recipe, {
    epochs: '7',
    learningRate: '0.5',
    queue: '128',
    shuffle: 'false',
    note: 'b=c',
  });
  expect(changed).toMatchObject({ epochs: 7, seed: 0, settings: { queue: 128, shuffle: false, note: 'b=c' } });
  expect(changed.optimizer.learningRate).toBe(0.5);
  expect(changed.optimizer.create).toBe(recipe.optimizer.create);
  expect(recipe).toMatchObject({ epochs: 3, settings: { queue: 64 } });
});

test('unknown keys, and values of the wrong kind, are refused by name', () => {
  expect(() => applySettings(recipe, { epoch: '7' })).toThrow(
    /Cannot set epoch: the recipe has accumulate, batchSize, epochs, learningRate/,
  );
  for (const key of ['constructor', '__proto__']) {
    expect(() => applySettings(recipe, { [key]: '1' })).toThrow(`Cannot set ${key}: the recipe has `);
  }
  expect(() => applySettings(recipe, { epochs: 'many' })).toThrow("Cannot set epochs to 'many': give a number");
  expect(() => applySettings(recipe, { epochs: '' })).toThrow(TypeError);
  expect(() => applySettings(recipe, { epochs: '1.5' })).toThrow(/epochs 1.5/);
  expect(() => applySettings(recipe, { shuffle: '1' })).toThrow(/true or false/);
});

test('what is no recipe is refused with what it lacks', () => {
  expect(() => assertRecipe(recipe, 'a.ts')).not.toThrow();
  expect(() => assertRecipe(undefined, 'a.ts')).toThrow(/a.ts is no recipe/);
  expect(() => assertRecipe({ ...recipe, method: 'hcsc' }, 'a.ts')).toThrow(/method \(function\)$/);
});
