import { expect, test } from 'vitest';
import { betterEpoch } from './epoch-figures.js';
import type { EpochRecord } from './log-record.js';

const epoch = (
  step: number,
  loss: number,
  parts: Record<string, number> = {},
  more: Partial<EpochRecord> = {},
): EpochRecord => ({
  type: 'epoch',
  ...{ step, epoch: step / 10, loss, parts, before: {}, time: {} },
  memory: { resident: 1, tensors: 1 },
  ...more,
});

test('the lowest loss is the best, the first one among equals', () => {
  const first = betterEpoch(epoch(10, 5), null)!;
  expect(first).toMatchObject({ figure: 'loss', value: 5, step: 10 });
  expect(betterEpoch(epoch(20, 5), first)).toBeNull();
  expect(betterEpoch(epoch(20, 6), first)).toBeNull();
  expect(betterEpoch(epoch(30, 4), first)).toMatchObject({ value: 4, step: 30 });
  expect(betterEpoch(epoch(40, Number.NaN), first)).toBeNull();
});

test('a loss that has got other parts is compared with those alike only', () => {
  const plain = betterEpoch(epoch(10, 5, { accuracy: 0.1 }), null)!;
  const selective = betterEpoch(epoch(20, 14, { icsc: 12, accuracy: 0.1, pcsc: 2 }), plain)!;
  expect(selective).toMatchObject({ value: 14, step: 20 });
  expect(betterEpoch(epoch(30, 15, { accuracy: 0.2, icsc: 13, pcsc: 2 }), selective)).toBeNull();
  expect(betterEpoch(epoch(30, 13, { accuracy: 0.2, icsc: 11, pcsc: 2 }), selective)).toMatchObject({ step: 30 });
});

test('another figure: of validation, of the parts, or of what was measured before; epochs without it are passed over', () => {
  const byKnn = { figure: 'knn', order: 'highest' } as const;
  const first = betterEpoch(epoch(10, 5, {}, { validation: { knn: 0.5 } }), null, byKnn)!;
  expect(first).toEqual({ figure: 'knn', value: 0.5, step: 10 });
  expect(betterEpoch(epoch(20, 1), first, byKnn)).toBeNull();
  expect(betterEpoch(epoch(20, 9, { icsc: 3 }, { validation: { knn: 0.6 } }), first, byKnn)).toMatchObject({
    value: 0.6,
  });
  expect(betterEpoch(epoch(20, 9, { icsc: 3 }), first, { figure: 'icsc', order: 'lowest' })).toMatchObject({
    value: 3,
  });
  expect(
    betterEpoch(epoch(20, 9, {}, { before: { used1: 1 } }), null, { figure: 'used1', order: 'highest' }),
  ).toMatchObject({
    value: 1,
  });
});
