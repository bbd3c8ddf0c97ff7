import { assemble, type FunctionSource } from '@hcsc/simd';
import { describe, expect, it } from 'vitest';
import { mapColumns, sumOverRows } from './over-columns.js';

/** A function on a memory of one page, called with places of floats, and the floats. */
function load<Parameter extends string>(source: FunctionSource<Parameter>, memory: WebAssembly.Memory) {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const module = new WebAssembly.Module(assemble({ source }, shared));
  const { source: call } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  return (values: Record<Parameter, number>) =>
    (call as (...values: number[]) => void)(...source.parameters.map((name) => values[name]));
}

/** Small whole numbers, so that float32 is exact. */
const fill = (floats: Float32Array, from: number, count: number, seed: number) => {
  for (let i = 0; i < count; i++) floats[from + i] = ((i * 7 + seed * 5) % 11) - 5;
};
const cases = [1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 21].map((columns) => ({ columns }));
const memories = {
  'a memory': () => new WebAssembly.Memory({ initial: 1 }),
  'a shared memory': () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
};

describe.each(Object.keys(memories) as (keyof typeof memories)[])('functions over columns on %s', (kind) => {
  const memory = memories[kind]();
  const floats = new Float32Array(memory.buffer);
  const rows = 5;
  const [a, b, v, result, other] = [0, 1000, 2000, 3000, 4000] as const;

  it.each(cases)('sum over the rows of $columns columns', ({ columns }) => {
    fill(floats, a, rows * columns, 1);
    fill(floats, b, rows * columns, 2);
    fill(floats, v, columns, 3);
    floats.fill(99, result, result + columns + 1);
    const source = sumOverRows(['a', 'b'], ['v'], {
      total: ({ a }) => a,
      product: ({ a, b, v }, { mul, sub }) => mul(sub(a, v), b),
    });
    const sums = load(source, memory);
    sums({ a: 4 * a, b: 4 * b, v: 4 * v, total: 4 * result, product: 4 * other, rows, rowBytes: 4 * columns });
    for (let c = 0; c < columns; c++) {
      let [total, product] = [0, 0];
      for (let r = 0; r < rows; r++) {
        const at = r * columns + c;
        total += floats[a + at]!;
        product += (floats[a + at]! - floats[v + c]!) * floats[b + at]!;
      }
      expect(floats[result + c]).toBe(total);
      expect(floats[other + c]).toBe(product);
    }
    expect(floats[result + columns]).toBe(99);
  });

  it.each(cases)('map the elements of $columns columns', ({ columns }) => {
    fill(floats, a, rows * columns, 1);
    fill(floats, b, rows * columns, 2);
    fill(floats, v, columns, 3);
    floats.fill(99, result, result + rows * columns + 1);
    const source = mapColumns(['a', 'b'], ['v'], ({ a, b, v }, { add, mul }) => add(mul(a, v), b));
    const map = load(source, memory);
    map({ a: 4 * a, b: 4 * b, v: 4 * v, result: 4 * result, rows, rowBytes: 4 * columns });
    for (let i = 0; i < rows * columns; i++) {
      expect(floats[result + i]).toBe(floats[a + i]! * floats[v + (i % columns)]! + floats[b + i]!);
    }
    expect(floats[result + rows * columns]).toBe(99);
  });
});
