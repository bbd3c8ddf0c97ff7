import type { StoredTensor } from '../dtype.js';

/** What a dictionary of a PyTorch file has for keys. */
export type TorchKey = string | number | bigint | boolean | null;

/** A dictionary of a PyTorch file, in its order. */
export type TorchDict = ReadonlyMap<TorchKey, TorchValue>;

/** An object that was left out: the name of its class, or of the function that would have made it. */
export interface TorchSkipped {
  readonly skipped: string;
}

/**
 * A value of a PyTorch file: a dictionary is a `Map`, a list, tuple or `torch.Size` an array, an integer beyond 2^53 a
 * bigint, a parameter its tensor; of plain objects there are only tensors and, if asked for, {@link TorchSkipped}.
 */
export type TorchValue = TorchKey | StoredTensor | TorchSkipped | TorchDict | readonly TorchValue[];
