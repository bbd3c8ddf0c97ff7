import { expect, test } from 'vitest';
import { scalarValue, sessionStartEvent, summaryEvent, versionEvent } from './event.js';
import { readFields } from './read-events.fixture.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// 1.5 as a double is 3ff8000000000000, 0.25 as a float is 3e800000; both are written with the lowest byte first.
const time = '09000000000000f83f';

test('the events of version and session start have these bytes', () => {
  expect(hex(versionEvent(1.5))).toBe(`${time}1a0d${hex(Buffer.from('brain.Event:2'))}`);
  // Step 300 is 0b10_0101100: the groups 0101100 and 10, the first with the bit that says that more follow.
  expect(hex(sessionStartEvent(1.5, 300))).toBe(`${time}10ac023a020801`);
});

test('an event of a figure has these bytes as a tensor', () => {
  const tag = '0a046c6f7373'; // 1: 'loss'
  const tensor = '420a080112002a040000803e'; // 8: { 1: DT_FLOAT, 2: {}, 5: [0.25] }
  const metadata = `4a0b0a090a07${hex(Buffer.from('scalars'))}`; // 9: { 1: { 1: 'scalars' } }
  const value = tag + tensor + metadata; // 6 + 12 + 13 = 31 bytes
  expect(hex(summaryEvent(1.5, 7, [scalarValue('loss', 0.25, 'tensors')]))).toBe(`${time}10072a210a1f${value}`);
});

test('an event of a figure has these bytes in the classic style, and none for step 0', () => {
  const value = '0a046c6f7373150000803e'; // 11 bytes
  expect(hex(summaryEvent(1.5, 0, [scalarValue('loss', 0.25, 'classic')]))).toBe(`${time}2a0d0a0b${value}`);
});

test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])(
  'step %d comes back',
  (step) => {
    expect(readFields(Buffer.from(sessionStartEvent(1, step))).get(2)?.[0] ?? 0).toBe(step);
  },
);
