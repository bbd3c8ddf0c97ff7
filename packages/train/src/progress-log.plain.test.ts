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

test.each([false, true])(
  'a line has room for the loss and its parts, not for all figures of these (terminal: %s)',
  async (isTTY) => {
    const line = async (parts: Record<string, number>) => {
      const { stream, text } = terminal(isTTY);
      const log = progressLog({ stream });
      log.start?.({ name: 'cgh', epochs: 2, stepsPerEpoch: 4, step: 0 });
      log.log(isTTY ? { ...step, parts } : { ...epoch, loss: 6.25, parts });
      await log.close();
      return /loss 6\.25.*?(?= {2}\d+ images|$)/m.exec(text().replaceAll('\u001b', '\n'))![0];
    };
    const relations = (stem: string) => ({
      ...{ [stem]: 2.5, [`${stem}TeacherEntropy`]: 3.25, [`${stem}StudentEntropy`]: 4.5, [`${stem}Agreement`]: 0.125 },
    });
    expect(await line({ infoNCE: 1, ...relations('toHypercolumn'), ...relations('toGlobal') })).toBe(
      'loss 6.25  infoNCE 1.00  toHypercolumn 2.50  toGlobal 2.50',
    );
    // a name that only begins like another is a part of its own
    expect(await line({ keep: 1, keep1: 0.5, keeper: 0.25, Keep: 2 })).toBe(
      'loss 6.25  keep 1.00  keep1 0.500  keeper 0.250  Keep 2.00',
    );
    expect(await line({})).toBe('loss 6.25');
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`part${i}`, 1]));
    const text = await line(many);
    expect(text).toMatch(/^loss 6\.25 {2}part0 1\.00 .* part8 1\.00 {2}and 11 more$/);
    expect(text.length).toBeLessThanOrEqual(135);
  },
);

test('durations as people say them', () => {
  expect([8.4, 185, 7800].map(duration)).toEqual(['8 s', '3 min 05 s', '2 h 10 min']);
});
