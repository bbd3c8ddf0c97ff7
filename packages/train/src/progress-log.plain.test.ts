import { expect, test } from 'vitest';
import { duration, progressLog } from './progress-log.js';

function terminal(isTTY: boolean) {
  let written = '';
  const stream = {
    isTTY,
    columns: 200,
    write: (text: string) => {
      written += text;
      return true;
    },
    cursorTo() {},
    moveCursor() {},
    clearLine() {},
    on() {},
    once() {},
    off() {},
  } as unknown as NodeJS.WriteStream;
  return { stream, text: () => written };
}

const step = {
  type: 'step',
  step: 0,
  epoch: 0,
  learningRate: 0.1,
  loss: 6.25,
  parts: { icsc: 4.5 },
  state: {},
  time: { imagesPerSecond: 321.4 },
  memory: { resident: 100, tensors: 10 },
} as const;
const epoch = {
  type: 'epoch',
  step: 4,
  epoch: 0,
  loss: 5.125,
  parts: { keep1: 0.875 },
  before: {},
  time: { imagesPerSecond: 256 },
  memory: { resident: 100, tensors: 10 },
} as const;

test('in a pipe: a line an epoch, with loss, parts, speed and time left', async () => {
  const { stream, text } = terminal(false);
  const log = progressLog({ stream });
  log.start?.({ name: 'hcsc', epochs: 2, stepsPerEpoch: 4, step: 0 });
  log.log(step);
  log.log(epoch);
  await log.close();
  const lines = text().trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^epoch 1\/2 {2}loss 5\.13 {2}keep1 0\.875 {2}256 images\/s {2}\d+ s left$/);
});

test('in a terminal: one bar with the same figures', async () => {
  const { stream, text } = terminal(true);
  const log = progressLog({ stream });
  log.start?.({ name: 'hcsc', epochs: 2, stepsPerEpoch: 4, step: 0 });
  log.log(step);
  await log.close();
  expect(text()).toMatch(/hcsc \[.*\] epoch 1\/2 .* 321 images\/s {2}loss 6\.25 {2}icsc 4\.50/);
});

const warning = {
  type: 'warning',
  of: 'step',
  step: 1,
  epoch: 0,
  figure: 'rank',
  value: 1.2,
  message: 'The rank is 1.2 at step 1',
} as const;

test.each([true, false])('warnings and notices have a line of their own (terminal: %s)', async (isTTY) => {
  const { stream, text } = terminal(isTTY);
  const log = progressLog({ stream });
  log.notice?.('Going on from the checkpoint before');
  log.start?.({ name: 'hcsc', epochs: 2, stepsPerEpoch: 4, step: 0 });
  log.log(step);
  log.log(warning);
  await log.close();
  expect(text()).toContain('Going on from the checkpoint before\n');
  expect(text()).toContain('Warning: The rank is 1.2 at step 1\n');
});

test('durations as people say them', () => {
  expect([8.4, 185, 7800].map(duration)).toEqual(['8 s', '3 min 05 s', '2 h 10 min']);
});
