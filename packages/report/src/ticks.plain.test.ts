import { expect, it } from 'vitest';
import { ticksAround, ticksWithin } from './ticks.js';

it.each([
  [0, 1],
  [3.21, 7.89],
  [-250, 130],
  [0.7641, 0.7972],
  [1e-7, 9e-7],
  [1e6, 1.0001e6],
])('ticks from %d to %d are multiples of a round step, few, and cover or stay within', (low, high) => {
  for (const most of [4, 6]) {
    const within = ticksWithin(low, high, most);
    const around = ticksAround(low, high, most);
    expect(around.values[0]).toBeLessThanOrEqual(low);
    expect(around.values[around.values.length - 1]).toBeGreaterThanOrEqual(high);
    expect(within.values[0]).toBeGreaterThanOrEqual(low);
    expect(within.values[within.values.length - 1]).toBeLessThanOrEqual(high);
    expect(within.values.length).toBeLessThanOrEqual(most + 1);
    expect(around.values.length).toBeLessThanOrEqual(most + 2);
    for (const { step, values } of [within, around]) {
      expect(step / 10 ** Math.round(Math.log10(step) - 0.35)).toSatisfy((f: number) =>
        [1, 2, 5].some((r) => Math.abs(f - r) < 1e-9),
      );
      for (const value of values) expect(Math.abs(value / step - Math.round(value / step))).toBeLessThan(1e-6);
    }
  }
});

it('gives clean numbers', () => {
  expect(ticksWithin(-0.35, 0.35, 8).values.map(String)).toEqual(['-0.3', '-0.2', '-0.1', '0', '0.1', '0.2', '0.3']);
});
