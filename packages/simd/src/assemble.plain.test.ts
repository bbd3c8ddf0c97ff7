import { describe, expect, it } from 'vitest';
import { assemble, functionOf } from './assemble.js';
import { count, f32, i32, increase, repeat, when } from './instructions.js';

/** Calls a function with whole numbers; what it wrote to the first numbers of the memory. */
function run(source: Parameters<typeof assemble>[0][string], values: number[], length: number): number[] {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const ints = new Int32Array(memory.buffer);
  const module = new WebAssembly.Module(assemble({ source }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports.source as (...values: number[]) => void)(...values);
  return Array.from(ints.subarray(0, length));
}

/** i32.store, which the kernels have no use for. */
const storeInt = (address: number, value: Parameters<typeof f32.store>[1]) => [
  i32.const(address),
  value,
  ...[0x36, 2, 0],
];

describe('assemble', () => {
  const constants = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)];

  it.each(constants)('encodes the constant %i', (value) => {
    const source = functionOf({ parameters: [], body: () => storeInt(0, i32.const(value)) });
    expect(run(source, [], 1)).toEqual([value]);
  });

  it('reaches addresses by offsets of more than seven bits', () => {
    const source = functionOf({
      parameters: ['from'],
      body: ({ from }) => f32.store(i32.const(0), f32.load(from.get, 4000), 40_000),
    });
    const memory = new WebAssembly.Memory({ initial: 1 });
    const floats = new Float32Array(memory.buffer);
    floats[1001] = 2.5;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble({ source })), { env: { memory } });
    (instance.exports.source as (from: number) => void)(4);
    expect(floats[10_000]).toBe(2.5);
  });

  it.each([
    { end: -3, step: 1, sum: 0 },
    { end: 0, step: 1, sum: 0 },
    { end: 5, step: 1, sum: 10 },
    { end: 5, step: 2, sum: 6 },
  ])('counts to below $end in steps of $step', ({ end, step, sum }) => {
    const source = functionOf({
      parameters: ['end'],
      body: (p, { local }) => {
        const [counter, total] = [local(), local()];
        return [count(counter, p.end.get, step, increase(total, counter.get)), storeInt(0, total.get)];
      },
    });
    expect(run(source, [end], 1)).toEqual([sum]);
  });

  it('takes the one branch or the other, and repeats while it should', () => {
    const source = functionOf({
      parameters: ['a', 'b'],
      body: ({ a, b }) => [
        when(i32.less(a.get, b.get), storeInt(0, i32.const(1)), storeInt(0, i32.const(2))),
        when(i32.equal(a.get, b.get), storeInt(4, i32.const(3))),
        repeat(i32.less(a.get, b.get), increase(a, i32.const(4))),
        storeInt(8, a.get),
      ],
    });
    expect(run(source, [1, 8], 3)).toEqual([1, 0, 9]);
    expect(run(source, [8, 8], 3)).toEqual([2, 3, 8]);
  });
});
