import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenFolder } from '@hcsc/testing';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from '../half.js';
import { readTorch, type StoredTensor, TorchFileError, type TorchValue } from '../index.js';

const folder = join(goldenFolder(), 'pth');

interface GoldenTorchTensor {
  readonly dtype: string;
  readonly shape: number[];
  readonly data?: number[];
  readonly data_as_strings?: string[];
}
interface GoldenTorchValue {
  readonly value?: TorchValue;
  readonly tensor?: GoldenTorchTensor;
  readonly dict?: Record<string, GoldenTorchValue>;
  readonly list?: GoldenTorchValue[];
  readonly tuple?: GoldenTorchValue[];
}
const golden = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  expected: Record<string, GoldenTorchValue>;
  refuse: Record<string, string>;
};

function expectTensor({ dtype, shape, data }: StoredTensor, expected: GoldenTorchTensor): void {
  expect([dtype, shape]).toEqual([expected.dtype, expected.shape]);
  if (dtype === 'int64') expect([...data].map(String)).toEqual(expected.data_as_strings);
  else if (dtype === 'float32') expect(data).toEqual(Float32Array.from(expected.data!));
  else if (dtype === 'float16' || dtype === 'bfloat16') {
    const values = dtype === 'float16' ? fromFloat16(data) : fromBfloat16(data);
    expect(values).toHaveLength(expected.data!.length);
    // Printed with 8 digits, of which these dtypes have 4.
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected.data![i]!, 6);
  } else expect([...data].map(Number)).toEqual(expected.data);
}

function expectValue(value: TorchValue, expected: GoldenTorchValue): void {
  const items = expected.list ?? expected.tuple;
  if (expected.tensor) expectTensor(value as StoredTensor, expected.tensor);
  else if (expected.dict) {
    const dict = value as Map<string, TorchValue>;
    expect([...dict.keys()].map(String).sort()).toEqual(Object.keys(expected.dict).sort());
    for (const [key, item] of dict) expectValue(item, expected.dict[String(key)]!);
  } else if (items) {
    expect(value).toHaveLength(items.length);
    for (const [i, item] of (value as TorchValue[]).entries()) expectValue(item, items[i]!);
  } else expect(value).toBe(expected.value);
}

describe('files of PyTorch', () => {
  it.each(Object.keys(golden.expected))('%s', async (name) => {
    const { tensors, value } = await readTorch(join(folder, name));
    expectValue(value, golden.expected[name]!);
    const root = golden.expected[name]!.dict!;
    const state = root.state_dict?.dict ?? root;
    expect(Object.keys(tensors)).toEqual(Object.keys(state));
    for (const [key, tensor] of Object.entries(tensors)) expectTensor(tensor, state[key]!.tensor!);
  });

  it.each(Object.keys(golden.refuse))('refuses %s', async (name) => {
    await expect(readTorch(join(folder, name))).rejects.toThrow(TorchFileError);
    if (name.startsWith('malicious')) {
      await expect(readTorch(join(folder, name))).rejects.toThrow(/asks for "posix\.system".* nothing was run/);
    }
    expect(existsSync('pwned.txt')).toBe(false);
  });

  it('gives tensors that share no memory', async () => {
    const { tensors } = await readTorch(join(folder, 'state_zip.pth'));
    const buffers = new Set(Object.values(tensors).map(({ data }) => data.buffer));
    expect(buffers.size).toBe(Object.keys(tensors).length);
  });
});

it('says that a file is not there', async () => {
  await expect(readTorch(join(folder, 'nothing.pth'))).rejects.toThrow(/ENOENT/);
});
