import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import {
  clone,
  dispose,
  memory,
  neg,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type KeyQueue, keyQueue } from './key-queue.js';

const rows = (t: Tensor) => t.arraySync() as number[][];

describe('keyQueue', () => {
  it('starts with seeded unit rows, and -1 as tags', () => {
    const before = memory().numTensors;
    const [a, b, c] = [0, 0, 1].map((seed) => keyQueue({ size: 50, dim: 3, rng: createRng(seed), tags: true }));
    expect(a!.keys).toBeAllclose(b!.keys, 0);
    expect(a!.keys).not.toBeAllclose(c!.keys, 0.1);
    for (const row of rows(a!.keys)) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    const mean = rows(a!.keys).reduce((total, row) => total + row[0]! / 50, 0);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(3 * 50));
    expect(new Set(a!.tags!.dataSync())).toEqual(new Set([-1]));
    expect([a!.pointer, a!.filled]).toEqual([0, 0]);
    for (const queue of [a!, b!, c!]) queue.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('keeps the last keys, whatever the sizes of batches', () => {
    const size = 5;
    const queue = keyQueue({ size, dim: 2, rng: createRng(0), tags: true });
    const ring = rows(queue.keys);
    const tags = new Array<number>(size).fill(-1);
    let [next, written] = [0, 0];
    const before = memory().numTensors;
    for (const count of [2, 2, 2, 5, 0, 1, 12, 3, 4, 7, 5]) {
      const batch = Array.from({ length: count }, (_, i) => [written + i, -(written + i) / 2]);
      const keys = tensor2d(batch, [count, 2]);
      const labels = tensor1d(
        batch.map(([v]) => v!),
        'int32',
      );
      queue.enqueue(keys, labels);
      keys.dispose();
      labels.dispose();
      for (const row of batch) {
        ring[next] = row;
        tags[next] = row[0]!;
        next = (next + 1) % size;
      }
      written += count;
      expect(rows(queue.keys)).toEqual(ring);
      expect(Array.from(queue.tags!.dataSync())).toEqual(tags);
      expect([queue.pointer, queue.filled]).toEqual([next, Math.min(size, written)]);
    }
    expect(memory().numTensors).toBe(before);
    expect(queue.keys.shape).toEqual([5, 2]);
    queue.dispose();
  });

  it('leaves the value that was read before alone', () => {
    const queue = keyQueue({ size: 2, dim: 1, rng: createRng(0) });
    const held = queue.keys.clone();
    const value = Array.from(held.dataSync());
    const keys = tensor2d([[7]]);
    queue.enqueue(keys);
    expect(Array.from(held.dataSync())).toEqual(value);
    expect(queue.keys.dataSync()[0]).toBe(7);
    for (const t of [held, keys]) t.dispose();
    queue.dispose();
  });

  it.each([1, 2, 3, 5, 7])('writes behind the call before when it is compiled, %i keys at a time', (count) => {
    const options = { size: 5, dim: 2, tags: true };
    const [plain, traced] = [0, 0].map((seed) => keyQueue({ ...options, rng: createRng(seed) })) as [
      KeyQueue,
      KeyQueue,
    ];
    const step = (queue: KeyQueue) => (keys: Tensor2D, tags: Tensor1D) => {
      queue.enqueue(keys, tags);
      const between = clone(queue.keys);
      const [first, firstTag] = [slice(keys, [0, 0], [1, 2]), slice(tags, [0], [1])];
      queue.enqueue(neg(first) as Tensor2D, firstTag as Tensor1D);
      return [between, queue.keys, queue.tags!].map((t) => clone(t));
    };
    const compiled = replayed(step(traced));
    const same = () => {
      expect(rows(traced.keys)).toEqual(rows(plain.keys));
      expect(rows(traced.tags!)).toEqual(rows(plain.tags!));
      expect([traced.pointer, traced.filled]).toEqual([plain.pointer, plain.filled]);
    };
    const before = memory().numTensors;
    const call = (start: number) => {
      const keys = tensor2d(
        Float32Array.from({ length: 2 * count }, (_, i) => start + i / 8),
        [count, 2],
      );
      const tags = tensor1d(
        Array.from({ length: count }, (_, i) => start + i),
        'int32',
      );
      const results = [compiled(keys, tags), tidy(() => step(plain)(keys, tags))];
      expect(results[0]!.map(rows)).toEqual(results[1]!.map(rows));
      dispose([results[0]!, results[1]!, keys, tags]);
      same();
    };
    for (let n = 0; n < 4; n++) call(100 * (n + 1));
    for (const queue of [plain, traced]) queue.restore({ ...queue.state(), pointer: 4, filled: 3 });
    call(1000);
    expect(memory().numTensors).toBe(before);
    for (const queue of [plain, traced]) queue.dispose();
  });

  it('stays as it was if a trace fails, and refuses what would be frozen', () => {
    const queue = keyQueue({ size: 3, dim: 1, rng: createRng(0) });
    const keys = tensor2d([[1], [2]]);
    queue.enqueue(keys);
    const value = rows(queue.keys);
    const fails = (frozen: () => unknown) =>
      replayed(() => {
        queue.enqueue(keys);
        frozen();
        return [];
      });
    expect(() => fails(() => queue.pointer)()).toThrow(/Cannot read queue.pointer while .* use it between calls/);
    expect(() => fails(() => queue.filled)()).toThrow(/queue.filled/);
    expect(() => fails(() => queue.state())()).toThrow(/queue.state\(\)/);
    expect(() => fails(() => queue.restore({ keys: queue.keys, pointer: 0 }))()).toThrow(/queue.restore\(\)/);
    expect(rows(queue.keys)).toEqual(value);
    expect([queue.pointer, queue.filled]).toEqual([2, 2]);
    keys.dispose();
    queue.dispose();
  });

  it('goes on from a state', () => {
    const make = (seed: number) => keyQueue({ size: 3, dim: 1, rng: createRng(seed), tags: true });
    const [from, to] = [make(0), make(1)];
    const keys = tensor2d([[1], [2]]);
    const tags = tensor1d([5, 6], 'int32');
    from.enqueue(keys, tags);
    const before = memory().numTensors;
    to.restore(from.state());
    to.restore(to.state());
    from.enqueue(keys, tags);
    expect(Array.from(to.keys.dataSync()).slice(0, 2)).toEqual([1, 2]);
    expect([to.pointer, to.filled, ...to.tags!.dataSync()]).toEqual([2, 2, 5, 6, -1]);
    to.enqueue(keys, tags);
    expect(Array.from(to.keys.dataSync())).toEqual([2, 2, 1]);
    expect(memory().numTensors).toBe(before);
    from.dispose();
    expect(Array.from(to.keys.dataSync())).toEqual([2, 2, 1]);
    for (const t of [keys, tags, to]) t.dispose();
  });

  it('refuses what does not fit, and writes nothing', () => {
    const rng = createRng(0);
    expect(() => keyQueue({ size: 0, dim: 2, rng })).toThrow(/queue of size 0: give an integer of at least 1/);
    expect(() => keyQueue({ size: 4, dim: 1.5, rng })).toThrow(RangeError);
    const [plain, tagged] = [keyQueue({ size: 3, dim: 2, rng }), keyQueue({ size: 3, dim: 2, rng, tags: true })];
    const value = Array.from(tagged.keys.dataSync());
    const [wide, keys, whole] = [zeros([2, 3]), zeros([2, 2]), zeros([2, 2], 'int32')] as Tensor2D[];
    const flat = zeros([2]) as Tensor as Tensor2D;
    const [two, three, floats] = [tensor1d([1, 2], 'int32'), tensor1d([1, 2, 3], 'int32'), tensor1d([1, 2])];
    const before = memory().numTensors;
    expect(() => plain.enqueue(wide!)).toThrow(/takes keys of shape \[N,2\], got \[2,3\]/);
    expect(() => plain.enqueue(flat!)).toThrow(RangeError);
    expect(() => plain.enqueue(whole!)).toThrow(/dtype float32, got int32/);
    expect(() => plain.enqueue(keys!, two)).toThrow(/keeps no tags/);
    expect(() => tagged.enqueue(keys!)).toThrow(/give one for each key/);
    expect(() => tagged.enqueue(keys!, three)).toThrow(/takes tags of shape \[2\], got \[3\]/);
    expect(() => tagged.enqueue(keys!, floats)).toThrow(/dtype int32/);
    expect(() => tagged.restore({ keys: keys!, tags: two, pointer: 0 })).toThrow(RangeError);
    expect(() => tagged.restore({ ...tagged.state(), pointer: 3 })).toThrow(/pointer below 3/);
    expect(() => tagged.restore({ ...tagged.state(), filled: 4 })).toThrow(/at most 3 filled/);
    expect(() => tagged.restore({ keys: tagged.keys, pointer: 0 })).toThrow(TypeError);
    expect(memory().numTensors).toBe(before);
    expect(Array.from(tagged.keys.dataSync())).toEqual(value);
    expect([tagged.pointer, tagged.filled]).toEqual([0, 0]);
    for (const t of [wide, flat, keys, whole, two, three, floats] as Tensor1D[]) t.dispose();
    plain.dispose();
    tagged.dispose();
  });
});
