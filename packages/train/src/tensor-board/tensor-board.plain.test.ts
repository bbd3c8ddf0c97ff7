import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EpochRecord, StepRecord } from '../log-record.js';
import { histogramBuckets } from './histogram-buckets.js';
import { doubles, readEvents, readRecords } from './read-events.fixture.js';
import { type TensorBoard, tensorBoard } from './tensor-board.js';

/** One grey pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-tensor-board-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stepRecord = (step: number, loss = step / 8): StepRecord => ({
  type: 'step',
  step,
  epoch: 0,
  learningRate: 0.5,
  loss,
  parts: { icsc: 0.125, pcsc: 2 },
  state: {},
  time: { step: 0.75, waiting: 0 },
  memory: { resident: 100, tensors: 10 },
});
const epochRecord: EpochRecord = {
  type: 'epoch',
  step: 4,
  epoch: 0,
  loss: 1.5,
  parts: { icsc: 1 },
  before: { kept1: 0.25 },
  time: { steps: 3 },
  memory: { resident: 100, tensors: 10 },
};
const starting = (board: TensorBoard, step: number) =>
  board.start?.({ name: 'mine', epochs: 2, stepsPerEpoch: 4, step });
const files = () => readdirSync(folder).sort();
const events = (index = 0) => readEvents(join(folder, files()[index]!));
const table = (index = 0) => events(index).values.map(({ tag, step, tensor }) => [tag, step, tensor?.[0]]);

test('every figure of steps and epochs is there, those of an epoch at its last step', async () => {
  const before = Date.now() / 1000;
  const board = tensorBoard(folder);
  starting(board, 0);
  board.log(stepRecord(3));
  board.log({ type: 'warning', of: 'step', step: 3, epoch: 0, figure: 'rank', value: 1, message: 'said elsewhere' });
  board.log(epochRecord);
  await board.close();

  expect(files()).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\../)]);
  const { version, starts, times, values } = events();
  expect(version).toBe('brain.Event:2');
  expect(starts).toEqual([0]);
  for (const time of times) expect(time >= before && time <= Date.now() / 1000).toBe(true);
  expect(table()).toEqual([
    ['step/learningRate', 3, 0.5],
    ['step/loss', 3, 0.375],
    ['step/parts/icsc', 3, 0.125],
    ['step/parts/pcsc', 3, 2],
    ['step/time/step', 3, 0.75],
    ['step/time/waiting', 3, 0],
    ['step/memory/resident', 3, 100],
    ['step/memory/tensors', 3, 10],
    ['epoch/loss', 3, 1.5],
    ['epoch/parts/icsc', 3, 1],
    ['epoch/before/kept1', 3, 0.25],
    ['epoch/time/steps', 3, 3],
    ['epoch/memory/resident', 3, 100],
    ['epoch/memory/tensors', 3, 10],
  ]);
  expect(new Set(values.map(({ plugin, shape }) => `${plugin} ${shape}`))).toEqual(new Set(['scalars ']));
});

test('histograms and images are tensors of their plugins', async () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
  const board = tensorBoard(folder);
  board.histogram('weights', values, 5);
  board.image('views', PNG, 6);
  board.scalar('kNN', 0.5, 7);
  await board.close();

  const [histogram, image, scalar] = events().values;
  expect(histogram).toMatchObject({ tag: 'weights', step: 5, plugin: 'histograms', shape: [30, 3] });
  expect(histogram!.tensor).toEqual(histogramBuckets(values).buckets.flat());
  expect(image).toMatchObject({ tag: 'views', step: 6, plugin: 'images', shape: [3] });
  expect(image!.tensor).toEqual([Buffer.from('1'), Buffer.from('1'), PNG]);
  expect(scalar).toMatchObject({ tag: 'kNN', step: 7, plugin: 'scalars', tensor: [0.5] });
});

test('the classic style has simple values, HistogramProto and Image', async () => {
  const values = Float32Array.of(-1, 0, 0.5, 2);
  const board = tensorBoard(folder, { style: 'classic' });
  board.scalar('kNN', 0.5, 1);
  board.histogram('weights', values, 2);
  board.image('views', PNG, 3);
  await board.close();

  const [scalar, histogram, image] = events().values;
  expect(scalar).toEqual({ tag: 'kNN', step: 1, simple: 0.5 });
  const fields = histogram!.fields!;
  expect([1, 2, 3, 4, 5].map((field) => fields.get(field)![0])).toEqual([-1, 2, 4, 1.5, 5.25]);
  const { buckets } = histogramBuckets(values);
  expect(doubles(fields.get(6)![0] as Buffer)).toEqual(buckets.map(([, right]) => right));
  expect(doubles(fields.get(7)![0] as Buffer)).toEqual(buckets.map(([, , count]) => count));
  expect(Object.fromEntries(image!.fields!)).toEqual({ 1: [1], 2: [1], 3: [1], 4: [PNG] });
});

test('a run that goes on begins a later file, which says from which step earlier ones are void', async () => {
  // A clock that went back, and two sittings in a second: names must follow each other all the same.
  writeFileSync(join(folder, 'events.out.tfevents.4000000000.elsewhere'), '');
  for (const step of [0, 3, 4]) {
    const board = tensorBoard(folder);
    starting(board, step);
    board.log(stepRecord(step));
    await board.close();
  }
  expect(files().map((name) => name.split('.')[3])).toEqual(['4000000000', '4000000001', '4000000002', '4000000003']);
  expect([1, 2, 3].map((index) => events(index).starts)).toEqual([[0], [3], [4]]);
  // The epoch that ends with step 3 is kept by a run that goes on from step 4, and void for one that goes on from 3.
  const board = tensorBoard(folder);
  board.log(epochRecord);
  await board.close();
  expect(events(4).starts).toEqual([]);
  expect(table(4)[0]).toEqual(['epoch/loss', 3, 1.5]);
});

test('what was written is there when the process is killed', () => {
  const board = tensorBoard(folder);
  starting(board, 0);
  board.log(stepRecord(0));
  expect(events().values).toHaveLength(8); // nothing was closed yet
  board.log(stepRecord(1));
  const path = join(folder, files()[0]!);
  truncateSync(path, readFileSync(path).length - 3);
  expect(readRecords(path).records).toHaveLength(3);
  expect(readRecords(path).rest).toBeGreaterThan(0);
  return board.close();
});

test('every so many-th step is written, and every epoch', async () => {
  const board = tensorBoard(folder, { every: 3 });
  for (let step = 0; step < 8; step++) board.log(stepRecord(step));
  board.log(epochRecord);
  await board.close();
  const steps = events().values.filter(({ tag }) => tag === 'step/loss');
  expect(steps.map(({ step }) => step)).toEqual([0, 3, 6]);
  expect(events().values.filter(({ tag }) => tag === 'epoch/loss')).toHaveLength(1);
});

test('what cannot be written is refused with its name, and the file stays whole', async () => {
  const board = tensorBoard(folder);
  starting(board, 0);
  expect(() => board.scalar('a', 1, -1)).toThrow(/Cannot write a at step -1/);
  expect(() => board.scalar('a', 1, 0.5)).toThrow(RangeError);
  expect(() => board.scalar('', 1, 0)).toThrow(RangeError);
  expect(() => board.histogram('weights', new Float32Array(0), 0)).toThrow(/Cannot write weights: .*there are none/);
  expect(() => board.histogram('weights', Float32Array.of(Number.NaN), 0)).toThrow(RangeError);
  expect(() => board.image('views', Buffer.from('GIF89a'), 0)).toThrow(/Cannot write views: .*6 bytes/);
  expect(() => board.image('views', PNG.subarray(0, 20), 0)).toThrow(TypeError);
  expect(() => tensorBoard(folder, { every: 0 })).toThrow(RangeError);
  await board.close();
  expect(readRecords(join(folder, files()[0]!))).toMatchObject({ records: { length: 2 }, rest: 0 });
  expect(() => board.log(stepRecord(0))).toThrow(/closed/);
  await board.close();
});

test('a figure that is not finite is kept', async () => {
  const board = tensorBoard(folder);
  board.scalar('loss', Number.NaN, 0);
  await board.close();
  expect(table()).toEqual([['loss', 0, Number.NaN]]);
});

test('nothing is made before there is something to say, and a folder that cannot be is named', async () => {
  const nowhere = tensorBoard(join(folder, 'run'));
  await nowhere.close();
  expect(files()).toEqual([]);
  appendFileSync(join(folder, 'file'), '');
  expect(() => starting(tensorBoard(join(folder, 'file')), 0)).toThrow(/Cannot begin an event file in .*file/);
});

/** A Python that has TensorBoard. If it is named and has none, the tests fail; if none is named, they are left out. */
const python = process.env.HCSC_TENSORBOARD || 'python3';
const installed = process.env.HCSC_TENSORBOARD || spawnSync(python, ['-c', 'import tensorboard']).status === 0;

/** What TensorBoard itself reads of a run: as its pages do, and as scripts do. */
const READER = `
import json, logging, sys
logging.disable(logging.WARNING)
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.util import tensor_util
page = plugin_event_accumulator.EventAccumulator(sys.argv[1]).Reload()
script = event_accumulator.EventAccumulator(sys.argv[1]).Reload()
tensors = {tag: [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in page.Tensors(tag)] for tag in page.Tags()['tensors']}
plugins = {tag: page.SummaryMetadata(tag).plugin_data.plugin_name for tag in tensors}
images = lambda tag: plugins[tag] == 'images'
print(json.dumps({
  'plugins': plugins,
  'tensors': {tag: [[step, [v.hex() for v in value.tolist()] if images(tag) else value.tolist()] for step, value in items] for tag, items in tensors.items()},
  'scalars': {tag: [[e.step, e.value] for e in script.Scalars(tag)] for tag in script.Tags()['scalars']},
  'histograms': {tag: [[e.step, e.histogram_value.num, e.histogram_value.sum] for e in script.Histograms(tag)] for tag in script.Tags()['histograms']},
  'images': {tag: [[e.step, e.width, e.height, e.encoded_image_string.hex()] for e in script.Images(tag)] for tag in script.Tags()['images']},
}))`;

test.skipIf(!installed).each(['tensors', 'classic'] as const)(
  'TensorBoard reads a resumed run of style %s',
  async (style) => {
    const values = Float32Array.of(-1, 0, 0.5, 2);
    const first = tensorBoard(folder, { style });
    starting(first, 0);
    for (let step = 0; step < 4; step++) first.log(stepRecord(step));
    first.log(epochRecord);
    for (let step = 4; step < 7; step++) first.log(stepRecord(step, 99));
    first.histogram('weights', values, 6);
    first.image('views', PNG, 6);
    // Killed while it wrote.
    const torn = join(folder, files()[0]!);
    first.scalar('torn', 1, 6);
    truncateSync(torn, readFileSync(torn).length - 5);
    const second = tensorBoard(folder, { style });
    starting(second, 4);
    for (let step = 4; step < 6; step++) second.log(stepRecord(step));
    second.histogram('weights', values, 5);
    second.image('views', PNG, 5);
    await second.close();
    await first.close();

    const { stdout, stderr, status } = spawnSync(python, ['-c', READER, folder], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const read = JSON.parse(stdout);
    expect(read.tensors['step/loss']).toEqual([0, 1, 2, 3, 4, 5].map((step) => [step, step / 8]));
    expect(read.tensors['epoch/loss']).toEqual([[3, 1.5]]);
    expect(read.tensors.torn).toBeUndefined();
    expect(read.plugins).toMatchObject({ 'step/loss': 'scalars', weights: 'histograms', views: 'images' });
    expect(read.tensors.views).toEqual([
      [5, [Buffer.from('1').toString('hex'), Buffer.from('1').toString('hex'), PNG.toString('hex')]],
    ]);
    const [[step, rows]] = read.tensors.weights;
    const counts = (rows as number[][]).filter((row) => row[2]! > 0).map((row) => row[2]);
    expect([step, counts]).toEqual([5, [1, 1, 1, 1]]);
    if (style === 'classic') {
      expect(read.scalars['step/loss'].at(-1)).toEqual([5, 0.625]);
      expect(read.histograms.weights).toEqual([[5, 4, 1.5]]);
      expect(read.images.views).toEqual([[5, 1, 1, PNG.toString('hex')]]);
    }
  },
);
