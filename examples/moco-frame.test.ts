import { linear } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { memory, type Tensor4D, tensor2d } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { mocoFrame } from './moco-frame.js';

const make = () => {
  const rng = createRng(2);
  const encoder = sequential({ layers: [layers.flatten({ inputShape: [2, 2, 1] })] });
  return mocoFrame({ encoder, head: linear({ units: 3, rng: rng.fork('head') }), rng, momentum: 0.75, queue: 5 });
};

const unit = (rows: number[][]) => rows.map((row) => row.map((x) => x / Math.hypot(...row)));
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const average = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

test('similarities are those of all pairs, one after another', () => {
  const before = memory().numTensors;
  const frame = make();
  const [q, k] = [
    unit([
      [1, 2, 3],
      [-1, 0.5, 2],
      [0.1, 0, -1],
      [3, -2, 1],
    ]),
    unit([
      [1, 2, 2.9],
      [2, -0.5, 1],
      [0.2, 0.1, -1],
      [-3, 2, 1],
    ]),
  ];
  const [queries, keys] = [tensor2d(q), tensor2d(k)];
  const rows = frame.queue.keys.arraySync();
  const own = q.map((row, i) => dot(row, k[i]!));
  const others = q.map((row) => rows.map((key) => dot(row, key)));
  const expected = {
    accuracy: average(own.map((s, i) => (s > Math.max(...others[i]!) ? 1 : 0))),
    positive: average(own),
    negative: average(others.flat()),
  };
  expect(expected.accuracy).toBeGreaterThan(0);
  expect(expected.accuracy).toBeLessThan(1);
  const given = frame.similarities(queries, keys);
  for (const [name, value] of Object.entries(expected)) {
    const scalar = given[name as keyof typeof given];
    expect(scalar).toBeAllclose([value], 1e-5);
    scalar.dispose();
  }
  for (const t of [queries, keys, frame]) t.dispose();
  expect(memory().numTensors).toBe(before);
});

test('figures say what the key encoder kept and how full the queue is; only beforeStep moves the key encoder', () => {
  const before = memory().numTensors;
  const frame = make();
  expect(frame.figures()).toEqual({ queue: 0 });
  const images = createRng(1).uniformTensor([3, 2, 2, 1]) as Tensor4D;
  const { variable } = frame.parameters[0]!;
  const start = variable.dataSync().slice();
  const moved = tensor2d(
    start.map((x) => x + 4),
    [4, 3],
  );
  variable.assign(moved);
  const encoded = () => {
    const keys = frame.encodeKey(images, createRng(4));
    frame.queue.enqueue(keys);
    keys.dispose();
    return Array.from(
      frame.state().tensors[Object.keys(frame.state().tensors).find((n) => n.startsWith('key/'))!]!.dataSync(),
    );
  };
  expect(encoded()).toBeAllclose(start, 1e-6);
  expect(frame.figures()).toEqual({ queue: 3 / 5 });
  frame.beforeStep();
  expect(encoded()).toBeAllclose(
    start.map((x) => x + 1),
    1e-6,
  );
  expect(frame.figures()).toEqual({ momentum: 0.75, queue: 1 });
  for (const t of [moved, images, frame]) t.dispose();
  expect(memory().numTensors).toBe(before);
});
