import { expect, test } from 'vitest';
import { inLanes } from './in-lanes.js';

test('never more at a time than lanes, and every task once', async () => {
  let [now, most] = [0, 0];
  const done: number[] = [];
  await inLanes(20, 3, async (i) => {
    most = Math.max(most, ++now);
    for (let turn = 0; turn < i % 4; turn++) await Promise.resolve();
    now--;
    done.push(i);
  });
  expect(most).toBe(3);
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  await inLanes(0, 3, () => Promise.reject(new Error('never')));
});

test('after a failure nothing is started, and what is under way ends before it is thrown', async () => {
  const events: string[] = [];
  const run = inLanes(10, 2, async (i) => {
    events.push(`start ${i}`);
    for (let turn = 0; turn < 10 * (i + 1); turn++) await Promise.resolve();
    if (i === 0) throw new Error('zero');
    events.push(`end ${i}`);
  });
  await expect(run).rejects.toThrow('zero');
  expect(events).toEqual(['start 0', 'start 1', 'end 1']);
});
