import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pairsProgress } from './pairs-progress.js';

let said: string;
let now: number;
let stream: NodeJS.WriteStream;
beforeEach(() => {
  said = '';
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  stream = new Writable({
    write(chunk, _encoding, done) {
      said += chunk;
      done();
    },
  }) as unknown as NodeJS.WriteStream;
});
afterEach(() => void vi.restoreAllMocks());

const step = { type: 'step', step: 0, epoch: 0, loss: 2, parts: {}, time: {} } as never;
const epoch = { type: 'epoch', step: 1, epoch: 0, loss: 2, parts: {}, time: {} } as never;

test('plain lines: the beginning of each work, how far long ones are, the end of those that were not short', async () => {
  const progress = pairsProgress({ stream, bar: false });
  progress.onProgress('embedding', 0);
  now = 10_000;
  progress.onProgress('embedding', 0.1);
  now = 40_000;
  progress.onProgress('embedding', 0.25);
  now = 160_000;
  progress.onProgress('embedding', 1);
  progress.onProgress('mining', 0);
  now = 161_000;
  progress.onProgress('mining', 1);
  progress.logger.notice?.('two images are zero');
  await progress.close();
  expect(said).toBe(
    'embedding …\nembedding: 25 %, 2 min 00 s left\nembedding: done in 2 min 40 s\nmining …\ntwo images are zero\n',
  );
});

test('the training of an encoder is shown as any run, and ends when the next work begins', async () => {
  const progress = pairsProgress({ stream, bar: false });
  const { logger } = progress;
  logger.notice?.('first the encoder');
  logger.start?.({ name: 'moco', epochs: 1, stepsPerEpoch: 1, step: 0 });
  logger.phase?.('clustering');
  logger.log(step);
  logger.log(epoch);
  progress.onProgress('embedding', 0);
  logger.log(epoch);
  await progress.close();
  expect(said.split('\n').map((line) => line.slice(0, 22))).toEqual([
    'first the encoder',
    'moco: 1 epochs of 1 st',
    'epoch 1/1  loss 2.00  ',
    'embedding …',
    '',
  ]);
});

test('work that is stopped has no end', async () => {
  const progress = pairsProgress({ stream, bar: false });
  progress.onProgress('mining', 0);
  now = 20_000;
  progress.onProgress('mining', 0.5);
  await progress.close();
  await progress.close();
  expect(said).toBe('mining …\n');
});

test('a bar in a terminal, which gives the cursor back', async () => {
  Object.assign(stream, { isTTY: true, columns: 80, cursorTo() {}, moveCursor() {}, clearLine() {} });
  const progress = pairsProgress({ stream, bar: true });
  progress.onProgress('mining', 0);
  progress.onProgress('mining', 0.5);
  await progress.close();
  expect(said).toMatch(/mining \[/);
  expect(said).toContain('\u001b[?25l');
  expect(said.lastIndexOf('\u001b[?25h')).toBeGreaterThan(said.lastIndexOf('\u001b[?25l'));
});
