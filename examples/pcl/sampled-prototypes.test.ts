import { createRng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { memory, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { sampledPrototypes } from './sampled-prototypes.js';

test('draws so many different prototypes, nobody’s in the batch, each as often as any other', () => {
  const before = memory().numTensors;
  const [k, r, draws] = [11, 4, 600];
  const positives = [9, 2, 2, 0, 2, 9];
  const given = tensor1d(positives, 'int32');
  const rng = createRng(3);
  const often = new Array<number>(k).fill(0);
  for (let draw = 0; draw < draws; draw++) {
    const drawn = sampledPrototypes(k, r, rng, given)!;
    expect([drawn.shape, drawn.dtype]).toEqual([[r], 'int32']);
    const ids = [...drawn.dataSync()];
    expect(new Set(ids).size).toBe(r);
    for (const id of ids) often[id]!++;
    drawn.dispose();
  }
  // 4 of 8, half of the draws: within five standard deviations.
  often.forEach((times, id) => {
    if (positives.includes(id)) expect(times).toBe(0);
    else expect(Math.abs(times - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
  });
  given.dispose();
  expect(memory().numTensors).toBe(before);
});

test('draws any of them where none is left out', () => {
  const rng = createRng(4);
  const often = new Array<number>(6).fill(0);
  for (let draw = 0; draw < 600; draw++) {
    const drawn = sampledPrototypes(6, 2, rng)!;
    const ids = [...drawn.dataSync()];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) often[id]!++;
    drawn.dispose();
  }
  for (const times of often) expect(Math.abs(times - 200)).toBeLessThan(5 * Math.sqrt((600 * 2) / 9));
  const all = sampledPrototypes(6, 6, rng)!;
  expect([...all.dataSync()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  all.dispose();
});

test.each([
  [11, 6, 5],
  [11, 6, 4],
])('of %i prototypes and with %i images, %i are all that can be drawn or fewer', (k, n, r) => {
  // Each of another prototype: as few are left as can be.
  const positives = tensor1d(
    Array.from({ length: n }, (_, i) => 2 * (i % 5) + (i > 4 ? 1 : 0)),
    'int32',
  );
  const left = Array.from({ length: k }, (_, id) => id).filter((id) => !positives.dataSync().includes(id));
  const drawn = sampledPrototypes(k, r, createRng(0), positives)!;
  expect(left).toEqual(expect.arrayContaining([...drawn.dataSync()]));
  if (r === k - n) expect([...drawn.dataSync()].sort((a, b) => a - b)).toEqual(left);
  drawn.dispose();
  positives.dispose();
});

test('none are drawn if a batch may leave fewer, however many this one leaves', () => {
  const positives = tensor1d([1, 1, 1], 'int32');
  const rng = createRng(0);
  const state = rng.state();
  expect(sampledPrototypes(8, 6, rng, positives)).toBeUndefined();
  expect(sampledPrototypes(8, 16_000, rng, positives)).toBeUndefined();
  expect(sampledPrototypes(8, 9, rng)).toBeUndefined();
  expect(rng.state()).toEqual(state);
  positives.dispose();
});

test('compiled, it draws anew at each call, what it draws when it is not', () => {
  const before = memory().numTensors;
  const [plain, traced] = [createRng(5), createRng(5)];
  const draw = compile(
    (positives: ReturnType<typeof tensor1d>) => sampledPrototypes(12, 3, traced, positives as never)!,
  );
  const seen = new Set<string>();
  for (const positives of [
    [0, 1, 2],
    [3, 3, 3],
    [3, 4, 11],
    [3, 4, 11],
  ]) {
    const given = tensor1d(positives, 'int32');
    const [expected, found] = [sampledPrototypes(12, 3, plain, given)!, draw(given)];
    expect([...found.dataSync()]).toEqual([...expected.dataSync()]);
    seen.add(String(found.dataSync()));
    for (const each of [given, expected, found]) each.dispose();
  }
  expect(seen.size).toBeGreaterThan(1);
  draw.dispose();
  expect(memory().numTensors).toBe(before);
});
