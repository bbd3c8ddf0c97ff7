import {
  div,
  exp,
  matMul,
  neg,
  reshape,
  slice,
  softmax,
  sub,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { contrastRows, logitsOf } from './contrast-rows.js';
import { offTape } from './off-tape.js';
import { columns, type Given, type Overlay } from './overlay.js';
import { layOver } from './row-sums.js';

/** One side of a relation: rows, what they are compared with, and how sharply. */
export interface Relation {
  readonly rows: Tensor2D;
  readonly queue: Tensor2D;
  readonly temperature: number;
}

/** The cross-entropy `[N]` of the student's similarities under the teacher's, which are constants. */
export function relationRows(
  student: Relation,
  teacher: Relation & { readonly center: Tensor1D | undefined },
  blockSize: number | undefined,
): Tensor1D {
  const logits = logitsOf(div(student.rows, student.temperature), student.queue, blockSize);
  const k = div(teacher.rows, teacher.temperature) as Tensor2D;
  const offset = teacher.center && neg(div(reshape(teacher.center, [1, -1]), teacher.temperature));
  const moved = (given: Given, from: number, size: number): Overlay => ({
    offset: given.offset && columns(given.offset, from, size),
  });
  // Blocks see only a part of a row, so that its sum comes first; a whole row has it at hand.
  const logSum =
    'blockSize' in logits
      ? offTape(() => contrastRows(logitsOf(k, teacher.queue, blockSize), { given: { offset }, at: moved }))
      : undefined;

  return contrastRows(logits, {
    given: { k, queue: teacher.queue, offset, logSum },
    at: (given, from, size) => {
      const queue = given.queue as Tensor2D;
      const block = size === queue.shape[0] ? queue : slice(queue, [from, 0], [size, -1]);
      const z = layOver(matMul(given.k as Tensor2D, block, false, true), moved(given, from, size));
      return { target: given.logSum ? exp(sub(z, reshape(given.logSum, [-1, 1]))) : softmax(z) };
    },
  });
}
