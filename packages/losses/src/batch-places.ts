import { equal, mod, notEqual, range, reshape, type Tensor } from '@tensorflow/tfjs-core';

/** The numbers of the columns `from … from + size − 1`; int32 `[1, size]`. */
export function columnIds(from: number, size: number): Tensor {
  return reshape(range(from, from + size, 1, 'int32'), [1, size]);
}

const rowIds = (from: number, rows: number) => reshape(columnIds(from, rows), [rows, 1]);

/** Where these columns of a batch's logits `[R, R]` are another row; bool `[R, size]`. */
export function notSelf(rows: number, from: number, size: number): Tensor {
  return notEqual(columnIds(from, size), rowIds(0, rows));
}

/** Where they are the row's other view, R / 2 rows further or back; bool `[R, size]`. */
export function isPartner(rows: number, from: number, size: number): Tensor {
  return equal(columnIds(from, size), mod(rowIds(rows / 2, rows), rows));
}
