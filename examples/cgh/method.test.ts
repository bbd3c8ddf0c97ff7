import { memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { Method, MethodBatch } from '@hcsc/train';
import {
  clone,
  dispose,
  memory,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { type LayersModel, layers, model, type SymbolicTensor, input as tfInput } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import type { Context, Direction } from './contexts.js';
import { type CghOptions, cgh } from './method.js';
import { tinyContexts } from './tiny-contexts.fixture.js';

const SHAPE = [8, 8, 1] as const;
const BATCH = 4;
type Rows = number[][];
type Targets = { keys: Record<Context, Tensor2D> };

const noise = (images: number) => {
  const rng = createRng(images);
  const bytes = Uint8Array.from({ length: images * 64 }, () => rng.integer(256));
  return memorySource(bytes, SHAPE, { name: 'noise' });
};
const parts = () => tinyContexts({ rng: createRng(1), imageShape: SHAPE });
const epochOf = (source = noise(12)) => ({ epoch: 0, epochs: 2, source, prepare: clone, rng: createRng(2) });
const rowsOf = async (tensor: Tensor): Promise<Rows> => (await tensor.array()) as Rows;
const dot = (a: number[], b: number[]) => a.reduce((sum, x, d) => sum + x * b[d]!, 0);
const unit = (row: number[]) => row.map((x) => x / Math.sqrt(dot(row, row)));
const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

/** softmax((x·n − center)/τ) of a row over a queue, in float64. */
function relations(row: number[], queue: Rows, temperature: number, center = queue.map(() => 0)): number[] {
  const weights = queue.map((entry, j) => Math.exp((dot(row, entry) - center[j]!) / temperature));
  const total = weights.reduce((sum, x) => sum + x, 0);
  return weights.map((weight) => weight / total);
}
const crossEntropy = (taught: number[], learnt: number[]) => -dot(taught, learnt.map(Math.log));
const largest = (row: number[]) => row.indexOf(Math.max(...row));

/** One step without an update: what the loss gives, and what it was made of, on the host. */
async function look(options: Partial<CghOptions>, steps = 1) {
  const made = parts();
  const method = cgh({ ...made, ...options }) as Method<Targets>;
  await method.beforeEpoch!(epochOf());
  const rng = createRng(3);
  const draw = () => rng.uniformTensor([BATCH, ...SHAPE]) as Tensor4D;
  const [strong, weak, indices] = [draw(), draw(), tensor1d([0, 1, 2, 3], 'int32')];
  const batch: MethodBatch = { indices, keyIndices: indices, labels: null, rng };
  const step = () => {
    method.beforeStep!();
    return method.targets([strong, weak], batch);
  };
  let targets = step();
  for (let done = 1; done < steps; done++) {
    method.afterStep!(targets, batch);
    dispose(targets as never);
    targets = step();
  }
  const queries = { global: made.projections.global, hypercolumn: made.projections.hypercolumn! };
  const each = async (rows: (context: Context) => Tensor) => ({
    global: await rowsOf(rows('global')),
    hypercolumn: await rowsOf(rows('hypercolumn')),
  });
  const query = await each((context) => (queries[context] as LayersModel).apply(strong, { training: true }) as Tensor);
  const key = await each((context) => targets.keys[context]);
  const { tensors } = method.state();
  const queue = await each((context) => tensors[`queue/${context}`]!);
  const centers = options.center ? await each((context) => tensors[`center/${context}`]!) : undefined;
  const local = Array.from({ length: options.localViews ?? 0 }, () => rng.uniformTensor([BATCH, 5, 6, 1]) as Tensor4D);
  const crops = await Promise.all(
    local.map(async (images) => await rowsOf(queries.global.apply(images, { training: true }) as Tensor)),
  );
  const { total, parts: figures } = method.loss([strong, weak, ...local], targets, batch);
  const loss = total.dataSync()[0]!;
  const values = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value.dataSync()[0]!]));
  method.afterStep!(targets, batch);
  const after = await each((context) => method.state().tensors[`queue/${context}`]!);
  method.dispose();
  for (const context of ['global', 'hypercolumn'] as const) query[context] = query[context].map(unit);
  return {
    loss,
    values,
    query,
    crops: crops.map((rows) => rows.map(unit)),
    key,
    queue,
    centers: centers as Record<Context, number[]> | undefined,
    after,
  };
}

/** The loss of a direction and its figures, image by image. */
function expected(
  found: Awaited<ReturnType<typeof look>>,
  { teacher, student }: Direction,
  [cool, sharp] = [0.08, 0.08],
) {
  const { query, key, queue, centers } = found;
  const taught = key[teacher].map((row) => relations(row, queue[teacher], sharp!, centers?.[teacher]));
  const learnt = query[student].map((row) => relations(row, queue[student], cool!));
  const stem = student === 'global' ? 'toGlobal' : 'toHypercolumn';
  return {
    [stem]: mean(taught.map((row, i) => crossEntropy(row, learnt[i]!))),
    [`${stem}TeacherEntropy`]: mean(taught.map((row) => crossEntropy(row, row))),
    [`${stem}StudentEntropy`]: mean(learnt.map((row) => crossEntropy(row, row))),
    [`${stem}Agreement`]: mean(taught.map((row, i) => (largest(row) === largest(learnt[i]!) ? 1 : 0))),
  };
}

const toHypercolumn: Direction = { teacher: 'global', student: 'hypercolumn' };
const toGlobal: Direction = { teacher: 'hypercolumn', student: 'global' };
const fromItself: Direction = { teacher: 'global', student: 'global' };

describe('the loss of CGH', () => {
  const official = { global: { student: 0.1, teacher: 0.08 }, hypercolumn: { student: 0.08, teacher: 0.04 } };
  test.each<[string, Partial<CghOptions>, Direction[]]>([
    ['both directions', {}, [toHypercolumn, toGlobal]],
    ['the temperatures of the official code', { temperatures: official }, [toHypercolumn, toGlobal]],
    ['only global to hypercolumn', { directions: [toHypercolumn] }, [toHypercolumn]],
    ['only hypercolumn to global', { directions: [toGlobal] }, [toGlobal]],
    ['only global to global', { directions: [fromItself] }, [fromItself]],
  ])('is the mean of relational cross-entropies: %s', async (_, options, directions) => {
    const found = await look(options);
    const wanted = directions.map((direction) => {
      const given = options.temperatures?.[direction.student];
      return expected(found, direction, given && [given.student, given.teacher]);
    });
    for (const [name, value] of Object.entries(Object.assign({}, ...wanted) as Record<string, number>)) {
      expect([found.values[name]!], name).toBeAllclose([value], 1e-4);
    }
    expect(Object.keys(found.values)).toHaveLength(4 * directions.length);
    const losses = wanted.map((figures) => Object.values(figures)[0]!);
    expect([found.loss]).toBeAllclose([mean(losses)], 1e-4);
  });

  test('subtracts from a teacher what is usual of the queue, which moves with every step', async () => {
    const [first, second] = [await look({ center: true }), await look({ center: true }, 2)];
    expect(first.centers!.global.every((x) => x === 0)).toBe(true);
    const usual = (context: Context) =>
      first.queue[context].map((entry) => 0.1 * mean(first.key[context].map((row) => dot(row, entry))));
    for (const context of ['global', 'hypercolumn'] as const) {
      expect(Float32Array.from(second.centers![context])).toBeAllclose(usual(context), 1e-3);
    }
    expect([second.values.toGlobal!]).toBeAllclose([Object.values(expected(second, toGlobal))[0]!], 1e-4);
  });

  test('shows local views to the global student alone, each as much as the strong view', async () => {
    const found = await look({ localViews: 2 });
    const seen = [found.query.global, ...found.crops].map((global) => {
      const view = { ...found, query: { ...found.query, global } };
      return expected(view, toGlobal).toGlobal!;
    });
    expect(seen).toHaveLength(3);
    const other = expected(found, toHypercolumn).toHypercolumn!;
    expect([found.values.toGlobal!, found.values.toHypercolumn!]).toBeAllclose([mean(seen), other], 1e-4);
    expect([found.loss]).toBeAllclose([(mean(seen) + other) / 2], 1e-4);
  });

  test('begins as InfoNCE of both contexts, which gives way as in the official code', async () => {
    const [first, third] = [await look({ warmupSteps: 4 }), await look({ warmupSteps: 4 }, 3)];
    const infoNCE = ({ query, key, queue }: typeof first, context: Context) =>
      mean(query[context].map((row, i) => -Math.log(relations(row, [key[context][i]!, ...queue[context]], 0.2)[0]!)));
    const contrast = (found: typeof first) => infoNCE(found, 'global') + infoNCE(found, 'hypercolumn');
    expect([first.loss]).toBeAllclose([contrast(first)], 1e-4);
    const relational = (third.values.toGlobal! + third.values.toHypercolumn!) / 2;
    expect([third.loss]).toBeAllclose([(contrast(third) + relational) / 2], 1e-4);
    expect([third.values.infoNCE!]).toBeAllclose([contrast(third)], 1e-4);
  });
});

describe('the queues of CGH', () => {
  test.each([12, 40])('are full of keys of real images before the first step, of %i images', async (images) => {
    const input = tfInput({ shape: [...SHAPE] });
    const pixels = layers.flatten({ name: 'pixels' }).apply(input);
    // Without batch norm an image has the same key in every batch.
    const projection = (name: string, units: number) =>
      model({ inputs: input, outputs: layers.dense({ units, name }).apply(pixels) as SymbolicTensor, name });
    const projections = { global: projection('g', 6), hypercolumn: projection('h', 5) };
    const source = noise(images);
    const method = cgh({ encoder: projections.global, projections, rng: createRng(1), queue: 19 }) as Method<Targets>;
    await method.beforeEpoch!(epochOf(source));
    const bytes = await source.read(Int32Array.from({ length: images }, (_, i) => i));
    const all = tensor4d(
      Float32Array.from(bytes, (x) => x / 255),
      [images, ...SHAPE],
    );
    const features = { global: method.features!.global!(all), hypercolumn: method.features!.hypercolumn!(all) };
    const [g, h] = [await rowsOf(features.global), await rowsOf(features.hypercolumn)];
    const { tensors, values } = method.state();
    expect(values.filled).toBe(19);
    const [queueG, queueH] = [await rowsOf(tensors['queue/global']!), await rowsOf(tensors['queue/hypercolumn']!)];
    const shown = queueG.map((row) => largest(g.map((feature) => dot(row, feature))));
    for (const [j, image] of shown.entries()) {
      expect(Float32Array.from(queueG[j]!)).toBeAllclose(g[image]!, 1e-4);
      expect(Float32Array.from(queueH[j]!), `row ${j}`).toBeAllclose(h[image]!, 1e-4);
    }
    // As many images as there can be, none more often than it must.
    expect(new Set(shown).size).toBe(Math.min(images, 19));
    dispose([all, ...Object.values(features)]);
    method.dispose();
  });

  test('stay in step: a batch goes into the same rows of both', async () => {
    const { key, queue, after } = await look({}, 3);
    /** Which of the batch's keys is in each row; none in those that are as they were. */
    const written = (context: Context) =>
      after[context].map((row, j) =>
        String(row) === String(queue[context][j]) ? null : key[context].findIndex((one) => String(one) === String(row)),
      );
    const rows = written('global');
    expect(rows.filter((which) => which !== null).sort()).toEqual([0, 1, 2, 3]);
    expect(written('hypercolumn')).toEqual(rows);
  });

  test('are left alone by a later epoch, and by one that is interrupted', async () => {
    const before = memory().numTensors;
    const method = cgh(parts());
    const built = memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(method.beforeEpoch!({ ...epochOf(), signal })).rejects.toThrow('enough');
    expect([method.state().values.filled, memory().numTensors]).toEqual([0, built]);
    await method.beforeEpoch!(epochOf());
    // The key encoder is as it was: a run that was interrupted here is like one that was not.
    const all = Object.entries(method.state().tensors);
    const ofQuery = all.filter(([name]) => name.startsWith('query/'));
    expect(ofQuery.length).toBeGreaterThan(20);
    for (const [name, tensor] of ofQuery) {
      const key = method.state().tensors[name.replace('query/', 'key/')]!;
      expect(await key.array(), name).toEqual(await tensor.array());
    }
    const once = await rowsOf(method.state().tensors['queue/global']!);
    await method.beforeEpoch!({ ...epochOf(), rng: createRng(9) });
    expect(await rowsOf(method.state().tensors['queue/global']!)).toEqual(once);
    method.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

test.each<[Direction[], RegExp, number?]>([
  [[toGlobal], /directions of hypercolumn features: give its projection/],
  [[], /students none: give one direction to each/],
  [[fromItself, fromItself], /students global, global: give one direction to each/],
  [[toHypercolumn], /show 2 local views to global features, which learn in no direction/, 2],
])('refuses directions %o', (directions, message, localViews = 0) => {
  const made = tinyContexts({ rng: createRng(1), imageShape: SHAPE }, localViews > 0);
  const before = memory().numTensors;
  expect(() => cgh({ ...made, directions, localViews })).toThrow(message);
  expect(memory().numTensors).toBe(before);
  made.projections.global.dispose();
});
