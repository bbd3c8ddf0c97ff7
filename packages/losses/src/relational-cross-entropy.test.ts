import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import {
  dispose,
  grads,
  memory,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { relationalCrossEntropy } from './relational-cross-entropy.js';

for (const blockSize of [undefined, 4]) {
  testLoss(
    `relationalCrossEntropy${blockSize ? `, ${blockSize} entries at a time` : ''}`,
    (query, key, negatives, { temperature, reduction }) =>
      relationalCrossEntropy(query, key, negatives, {
        studentTemperature: temperature,
        teacherTemperature: temperature / 2,
        reduction,
        ...(blockSize && { blockSize }),
      }),
    { masks: 'none', keyGradient: false },
  );
}

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function softmax(logits: number[]): number[] {
  const terms = logits.map((z) => Math.exp(z - Math.max(...logits)));
  const total = terms.reduce((a, b) => a + b);
  return terms.map((term) => term / total);
}

interface Case {
  q: number[][];
  k: number[][];
  queue: number[][];
  teacherQueue: number[][];
  center: number[];
}

/** The formula, one row at a time, in float64. */
function slowRelations({ q, k, queue, teacherQueue, center }: Case, tauS: number, tauT: number): number[] {
  return q.map((row, i) => {
    const student = softmax(queue.map((n) => dot(row, n) / tauS));
    const teacher = softmax(teacherQueue.map((n, j) => (dot(k[i]!, n) - center[j]!) / tauT));
    return -teacher.reduce((sum, p, j) => sum + p * Math.log(student[j]!), 0);
  });
}

function example(seed: number): Case {
  const rng = createRng(seed);
  const rows = (count: number, width: number) =>
    Array.from({ length: count }, () => {
      const row = Array.from({ length: width }, () => rng.normal());
      return row.map((x) => x / Math.hypot(...row));
    });
  const center = Array.from({ length: 9 }, () => 0.3 * rng.normal());
  return { q: rows(4, 5), k: rows(4, 3), queue: rows(9, 5), teacherQueue: rows(9, 3), center };
}

const tensorsOf = ({ q, k, queue, teacherQueue, center }: Case) => ({
  student: tensor2d(q),
  teacher: tensor2d(k),
  queue: tensor2d(queue),
  teacherQueue: tensor2d(teacherQueue),
  center: tensor1d(center) as Tensor1D,
});

describe('relationalCrossEntropy', () => {
  it.each([undefined, 1, 4])(
    'computes the formula with a queue and a center of the teacher’s, blockSize %s',
    (size) => {
      const given = example(3);
      const { student, teacher, queue, teacherQueue, center } = tensorsOf(given);
      const options = { reduction: 'none' as const, teacherQueue, ...(size && { blockSize: size }) };
      const uncentred = { ...given, center: given.center.map(() => 0) };
      const rows = [
        relationalCrossEntropy(student, teacher, queue, options),
        relationalCrossEntropy(student, teacher, queue, { ...options, center, studentTemperature: 0.3 }),
        relationalCrossEntropy(student, student, queue, { reduction: 'none', ...(size && { blockSize: size }) }),
      ];
      expect(rows[0]!).toBeAllclose(slowRelations(uncentred, 0.1, 0.04), 1e-5);
      expect(rows[1]!).toBeAllclose(slowRelations(given, 0.3, 0.04), 1e-5);
      const same = { ...uncentred, k: given.q, teacherQueue: given.queue };
      expect(rows[2]!).toBeAllclose(slowRelations(same, 0.1, 0.04), 1e-5);
      dispose([student, teacher, queue, teacherQueue, center, ...rows]);
    },
  );

  it.each([undefined, 4])('has the gradient of the queue that finite differences give, blockSize %s', (size) => {
    const given = example(4);
    const { student, teacher, queue, teacherQueue, center } = tensorsOf(given);
    const options = { teacherQueue, center, check: false, reduction: 'sum' as const, ...(size && { blockSize: size }) };
    const of = (q: Tensor, n: Tensor) => relationalCrossEntropy(q as Tensor2D, teacher, n as Tensor2D, options);
    const slopes = grads((q, n) => of(q!, n!))([student, queue]);
    const step = 1e-5;
    const moved = (j: number, d: number, by: number) => {
      const rows = given.queue.map((row, a) => row.map((value, b) => (a === j && b === d ? value + by : value)));
      return slowRelations({ ...given, queue: rows }, 0.1, 0.04).reduce((a, b) => a + b);
    };
    const expected = given.queue.flatMap((row, j) =>
      row.map((_, d) => (moved(j, d, step) - moved(j, d, -step)) / (2 * step)),
    );
    expect(slopes[1]!).toBeAllclose({ shape: [9, 5], data: expected }, 1e-4);
    dispose([student, teacher, queue, teacherQueue, center, ...slopes]);
  });

  it('is the entropy of the teacher’s relations where the student has them too', () => {
    const rows = tensor2d([[1, 0]]);
    const queue = tensor2d([
      [1, 0],
      [-1, 0],
    ]);
    const loss = relationalCrossEntropy(rows, rows, queue, { studentTemperature: 1, teacherTemperature: 1 });
    const p = 1 / (1 + Math.exp(-2));
    expect(loss).toBeAllclose(-p * Math.log(p) - (1 - p) * Math.log(1 - p), 1e-6);
    dispose([rows, queue, loss]);
  });

  it('is 0, with gradient 0, for a queue of one entry, which has all of both distributions', () => {
    const rows = tensor2d([[0.6, 0.8]]);
    const queue = tensor2d([[1, 0]]);
    const of = (x: Tensor) => relationalCrossEntropy(x as Tensor2D, rows, queue);
    const [loss, slopes] = [of(rows), grads((x) => of(x!))([rows])];
    expect(Math.abs(loss.dataSync()[0]!)).toBeLessThan(1e-6);
    expect(Math.max(...Array.from(slopes[0]!.dataSync(), Math.abs))).toBeLessThan(1e-6);
    dispose([rows, queue, loss, ...slopes]);
  });

  it('refuses what does not fit, and leaves nothing behind', () => {
    const { student, teacher, queue, teacherQueue, center } = tensorsOf(example(5));
    const [short, infinite] = [tensor1d([0]), tensor1d([0, 0, Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0])];
    const before = memory().numTensors;
    const of = (options: object) => () => relationalCrossEntropy(student, teacher, queue, options);
    expect(of({})).toThrow(
      'Cannot compute relationalCrossEntropy: needed teacher as float32 [4, 5], got float32 [4, 3]',
    );
    expect(of({ teacherQueue: student })).toThrow('needed teacherQueue as float32 [9, 3], got float32 [4, 5]');
    expect(of({ teacherQueue, center: short })).toThrow('needed center as float32 [9], got float32 [1]');
    expect(of({ teacherQueue, center: infinite })).toThrow(/center must be a finite number, got Infinity at 2/);
    expect(of({ teacherQueue, studentTemperature: 0 })).toThrow('needed a finite studentTemperature above 0, got 0');
    expect(of({ teacherQueue, teacherTemperature: Number.NaN })).toThrow(RangeError);
    expect(memory().numTensors).toBe(before);
    dispose([student, teacher, queue, teacherQueue, center, short, infinite]);
  });
});
