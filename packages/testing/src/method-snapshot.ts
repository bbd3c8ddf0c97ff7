import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { MethodTestState, MethodUnderTest } from './method-under-test.js';

interface Copy {
  readonly shape: number[];
  readonly dtype: Tensor['dtype'];
  readonly values: readonly number[];
}

/** What a method is at some moment, as a checkpoint on disk would hold it, and what it does not say of itself. */
export interface MethodSnapshot {
  readonly tensors: Readonly<Record<string, Copy>>;
  /** As JSON. */
  readonly values: string;
  readonly parameters: Readonly<Record<string, Copy>>;
  readonly encoder: readonly Copy[];
}

const copy = (tensor: Tensor): Copy => ({
  shape: [...tensor.shape],
  dtype: tensor.dtype,
  values: Array.from(tensor.dataSync()),
});

/** Takes a copy of all that a method is. */
export function methodSnapshot(method: MethodUnderTest): MethodSnapshot {
  const { tensors, values } = method.state();
  expect(JSON.parse(JSON.stringify(values)), 'values as a file holds them').toEqual(values);
  return {
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, copy(tensor)])),
    values: JSON.stringify(values),
    parameters: Object.fromEntries(method.parameters.map(({ name, variable }) => [name, copy(variable)])),
    encoder: method.encoder.getWeights().map(copy),
  };
}

/** Restores a method from a snapshot, which it gets in tensors that are gone afterwards. */
export function restoreSnapshot(
  method: MethodUnderTest,
  { tensors, values }: Pick<MethodSnapshot, 'tensors' | 'values'>,
): void {
  const made = Object.entries(tensors).map(
    ([name, { values, shape, dtype }]) => [name, tensor([...values], shape, dtype)] as const,
  );
  const state: MethodTestState = { tensors: Object.fromEntries(made), values: JSON.parse(values) };
  try {
    method.restore(state);
  } finally {
    for (const [, tensor] of made) tensor.dispose();
  }
}

/** The tests' answer to two methods that are not the same to the last bit: the names of what differs. */
export function expectSame(given: MethodSnapshot, expected: MethodSnapshot): void {
  expect(given.values).toBe(expected.values);
  for (const part of ['tensors', 'parameters', 'encoder'] as const) {
    const [found, wanted] = [given[part], expected[part]] as Record<string, Copy>[];
    expect(Object.keys(found!)).toEqual(Object.keys(wanted!));
    expect(Object.keys(wanted!).filter((name) => !isSame(found![name]!, wanted![name]!))).toEqual([]);
  }
}

const isSame = (a: Copy, b: Copy): boolean =>
  a.dtype === b.dtype && String(a.shape) === String(b.shape) && a.values.every((x, i) => Object.is(x, b.values[i]));
