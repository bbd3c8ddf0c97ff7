import { equal, mod, notEqual, range, reshape, type Tensor } from '@tensorflow/tfjs-core';

const column = (from: number, size: number) => reshape(range(from, from + size, 1, 'int32'), [size, 1]);

/** Where the columns `from … from + size − 1` of a batch's logits `[R, R]` are another row; bool `[R, size]`. */
export function notSelf(rows: number, from: number, size: number): Tensor {
  return notEqual(reshape(column(from, size), [1, size]), column(0, rows));
}

/** Where they are the row's other view, R / 2 rows further or back; bool `[R, size]`. */
export function isPartner(rows: number, from: number, size: number): Tensor {
  return equal(reshape(column(from, size), [1, size]), mod(column(rows / 2, rows), rows));
}
