import { expect, test } from 'vitest';
import { createBreather } from './breather.js';
import { createProgress } from './progress.js';

test('pieces add up; shares rise, each is told once, and 1 at the end alone', () => {
  const shares: number[] = [];
  const progress = createProgress(8, (share) => shares.push(share));
  progress.enter(0, 2);
  for (const share of [0, 0.5, 0.5, 0.25, 1]) progress.within(share);
  progress.enter(2, 2);
  progress.enter(6, 2);
  progress.within(1);
  expect(shares).toEqual([0, 0.125, 0.25, 0.75]);
  progress.finish();
  progress.finish();
  expect(shares).toEqual([0, 0.125, 0.25, 0.75, 1]);
});

test('nobody has to listen', () => {
  const progress = createProgress(1);
  progress.enter(0, 1);
  progress.within(0.5);
  expect(() => progress.finish()).not.toThrow();
});

test('a breather passes on the shares it is told, and stops once the signal is aborted, be it by the listener', async () => {
  const shares: number[] = [];
  const controller = new AbortController();
  const breathe = createBreather(controller.signal, (share) => {
    shares.push(share);
    if (share === 1) controller.abort(new Error('enough'));
  });
  await breathe(0.5);
  await breathe();
  await expect(breathe(1)).rejects.toThrow('enough');
  await expect(breathe()).rejects.toThrow('enough');
  expect(shares).toEqual([0.5, 1]);
});
