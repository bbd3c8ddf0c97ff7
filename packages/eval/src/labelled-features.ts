import { any, isFinite as finite, logicalNot, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/** Throws unless `features` are `[N, D]` float32 with at least one row and column; `what` names them. */
export function assertFeatures(what: string, features: Tensor2D): void {
  if (features.rank !== 2 || features.dtype !== 'float32') {
    throw new TypeError(
      `Cannot evaluate ${what} features of shape [${features.shape}], ${features.dtype}: give [N, D] float32`,
    );
  }
  if (features.size === 0) {
    throw new RangeError(`Cannot evaluate ${what} features of shape [${features.shape}]: give at least one row`);
  }
}

/** Throws unless train and test features fit each other; `names` are what they are called. */
export function assertSameWidth(train: Tensor2D, test: Tensor2D, [first, second] = ['training', 'test']): void {
  if (train.shape[1] !== test.shape[1]) {
    throw new RangeError(
      `Cannot compare ${second} features of ${test.shape[1]} dimensions with ${first} features of ${train.shape[1]}: give the same encoder's`,
    );
  }
}

/** Throws a RangeError if a value is NaN or infinite. Downloads one byte. */
export async function assertFinite(what: string, features: Tensor2D): Promise<void> {
  const flag = tidy(() => any(logicalNot(finite(features))));
  const bad = (await flag.data())[0];
  flag.dispose();
  if (bad) {
    throw new RangeError(`Cannot evaluate ${what} features that hold NaN or infinite values: the encoder has diverged`);
  }
}

/** Throws unless there is one label per row, an integer from 0. */
export function assertLabels(what: string, labels: ArrayLike<number>, rows: number): void {
  if (labels.length !== rows) {
    throw new RangeError(`Cannot evaluate ${rows} ${what} features with ${labels.length} labels: give one per row`);
  }
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0) {
      throw new RangeError(`Cannot use ${label} as the label of ${what} row ${i}: labels are integers from 0`);
    }
  }
}

/** The number of classes: as given, or one more than the largest label; throws if a label is beyond it. */
export function classCount(given: number | undefined, ...labels: readonly ArrayLike<number>[]): number {
  let largest = 0;
  for (const list of labels) for (let i = 0; i < list.length; i++) largest = Math.max(largest, list[i]!);
  if (given === undefined) return largest + 1;
  if (!Number.isInteger(given) || given <= largest) {
    throw new RangeError(`Cannot use ${given} classes: labels go up to ${largest}, give at least ${largest + 1}`);
  }
  return given;
}
