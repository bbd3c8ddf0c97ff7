import { expect, test } from 'vitest';
import type { Method } from './method.js';
import { toyMethod, toyRecipe } from './toy-recipe.fixture.js';
import { train } from './toy-run.fixture.js';

/** Trains 3 epochs of 5 steps; how often the targets were asked for, and so the step traced. */
async function traces(keys?: readonly (string | number)[]): Promise<number> {
  let [epoch, calls] = [-1, 0];
  await train(
    {},
    {
      ...toyRecipe,
      method: (): Method => {
        const made = toyMethod() as Method;
        return {
          ...made,
          ...(keys && { traceKey: () => keys[epoch] ?? 'none yet' }),
          beforeEpoch(context) {
            epoch = context.epoch;
            return made.beforeEpoch!(context);
          },
          targets(views, batch) {
            calls++;
            return made.targets(views, batch);
          },
        };
      },
    },
  );
  return calls;
}

test.each<[expected: number, keys?: (string | number)[]]>([[3], [1, [0, 0, 0]], [2, ['', 'a', 'a']], [3, [0, 1, 0]]])(
  'a step is traced %i times in 3 epochs with keys %j',
  async (expected, keys) => {
    expect(await traces(keys)).toBe(expected);
  },
);
