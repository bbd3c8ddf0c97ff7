import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { EpochRecord, LogRecord, StepRecord } from '@hcsc/train';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCurves } from './run-curves.js';

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-run-curves-'));
  log = join(folder, 'log.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const step = (at: number): StepRecord => ({
  ...{ type: 'step', step: at, epoch: Math.floor(at / 10), learningRate: 0.1, loss: 9 - at / 10 },
  parts: { positive: 0.5, negative: 0.1, icsc: 3, pcsc: 2, accuracy: 0.25, keep1: 0.5, keep2: 0.75 },
  state: { momentum: 0.99, queue: Math.min(1, at / 8), temperature: 0.2 },
  ...(at % 5 === 0 && { features: { spread: 0.9, rank: 20 } }),
  time: { step: 0.1, imagesPerSecond: 80 },
  memory: { resident: 300 + at, tensors: 10 },
});
const epoch = (at: number): EpochRecord => ({
  ...{ type: 'epoch', step: 10 * (at + 1), epoch: at, loss: 5, parts: {}, validation: { knn: 0.5 + at / 10 } },
  before: { balance1: 0.9, balance2: 0.8, used1: 1, drawn: 7 },
  time: { imagesPerSecond: 75 + at },
  memory: { resident: 300, tensors: 10 },
});
const warning = (at: number): LogRecord => ({
  ...{ type: 'warning', of: 'step', step: at, epoch: 0, figure: 'rank', value: 1, message: `low at ${at}` },
});
const write = (...lines: (LogRecord | string)[]) =>
  writeFileSync(log, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));

test('every figure is in the plot of its kind, at its place in epochs', async () => {
  const steps = Array.from({ length: 20 }, (_, at) => step(at));
  write(...steps.slice(0, 10), epoch(0), ...steps.slice(10), epoch(1));
  const { curves, warnings } = await runCurves(log, 10);
  expect(curves.map(({ title, series }) => [title, ...series.map(({ name }) => name)])).toEqual([
    ['Loss', 'total', 'icsc', 'pcsc'],
    ['Similarity', 'positive', 'negative'],
    ['Contrastive accuracy', 'accuracy'],
    ['Negatives kept, by level', 'keep1', 'keep2'],
    ['Queue', 'queue'],
    ['Momentum of the key encoder', 'momentum'],
    ['Spread of the features', 'spread'],
    ['Effective rank of the features', 'rank'],
    ['Balance of the clusters, by level', 'balance1', 'balance2'],
    ['Prototypes in use, by level', 'used1'],
    ['Learning rate', 'learning rate'],
    ['Speed', 'training'],
    ['Memory', 'resident'],
    ['knn', 'knn'],
    ['temperature', 'temperature'],
    ['drawn', 'drawn'],
  ]);
  const of = (title: string) => curves.find((curve) => curve.title === title)!.series[0]!;
  expect(of('Loss')).toEqual({ name: 'total', x: steps.map((_, at) => at / 10), y: steps.map(({ loss }) => loss) });
  expect(of('Spread of the features').x).toEqual([0, 0.5, 1, 1.5]);
  expect(of('Balance of the clusters, by level').x).toEqual([0, 1]);
  expect(of('knn')).toEqual({ name: 'knn', x: [1, 2], y: [0.5, 0.6] });
  expect(warnings).toEqual([]);
});

test('entropies are in a plot for each of which they tell, agreements in one from 0 to 1, and not among the losses', async () => {
  const relations = (stem: string, value: number) => ({
    [stem]: value,
    ...{ [`${stem}TeacherEntropy`]: value + 1, [`${stem}StudentEntropy`]: value + 2, [`${stem}Agreement`]: value / 10 },
  });
  const parts = { ...relations('toHypercolumn', 3), ...relations('toGlobal', 2), infoNCE: 7 };
  write({ ...step(0), parts }, { ...step(1), parts });
  const { curves } = await runCurves(log, 10);
  expect(curves.slice(0, 5).map(({ title, series }) => [title, ...series.map(({ name }) => name)])).toEqual([
    ['Loss', 'total', 'toHypercolumn', 'toGlobal', 'infoNCE'],
    ['Entropy, to hypercolumn', 'teacher', 'student'],
    ['Entropy, to global', 'teacher', 'student'],
    ['Agreement', 'to hypercolumn', 'to global'],
    ['Queue', 'queue'],
  ]);
  expect(curves[1]).toMatchObject({ yLabel: 'nats', series: [{ x: [0, 0.1], y: [4, 4] }, { y: [5, 5] }] });
  expect(curves[3]).toMatchObject({ yLabel: 'share', yRange: [0, 1], series: [{ y: [0.3, 0.3] }, { y: [0.2, 0.2] }] });
});

test('of one epoch there are no lines over the epochs, and damaged lines take nothing from the others', async () => {
  const { parts, ...bare } = step(0);
  write(
    { ...bare, parts: {}, state: {} },
    'null',
    '{"type":"st',
    '{"type":"step"}',
    { ...step(1), loss: null } as never,
    epoch(0),
  );
  const { curves } = await runCurves(log, 10);
  expect(curves.map(({ title }) => title)).not.toContain('Speed');
  expect(curves[0]!.series[0]).toEqual({ name: 'total', x: [0], y: [9] });
});

test('warnings are told by step, of many the first', async () => {
  write(step(0), warning(0), warning(4));
  expect((await runCurves(log, 10)).warnings).toEqual(['Step 0: low at 0', 'Step 4: low at 4']);
  write(...Array.from({ length: 1023 }, (_, at) => warning(at)));
  const { curves, warnings } = await runCurves(log, 10);
  expect([curves.length, warnings.length, warnings.at(-1)]).toEqual([0, 21, 'And 1,003 more, in the log.']);
});

test('a long log is thinned out on the way, and its peak stays', async () => {
  const stream = createWriteStream(log);
  for (let at = 0; at < 100_000; at++) {
    const loss = at === 77_777 ? 50 : 5 + Math.sin(at);
    stream.write(`{"type":"step","step":${at},"epoch":0,"loss":${loss},"parts":{}}\n`);
  }
  stream.end();
  await finished(stream);
  const { curves } = await runCurves(log, 1000);
  const { x, y } = curves[0]!.series[0]!;
  expect(x.length).toBeLessThanOrEqual(2000);
  expect(x.length).toBeGreaterThan(900);
  expect(x[y.indexOf(50)]).toBe(77.777);
  expect([x[0], x.at(-1)]).toEqual([0, 99.999]);
});
