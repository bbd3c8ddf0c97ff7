import { memory, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import {
  atEachCall,
  isTracing,
  outsideTrace,
  perCall,
  perCallTensor,
  refuseWhileTracing,
  whileTracing,
} from './index.js';

/** A tracer that writes down what it is given. */
function notebook() {
  const recorded: (() => unknown)[] = [];
  return {
    recorded,
    tensor(shape: readonly number[], dtype: 'float32' | 'int32', read: () => Float32Array | Int32Array): Tensor {
      recorded.push(read);
      return zeros([...shape], dtype);
    },
    action(run: () => void) {
      recorded.push(run);
    },
  };
}

test('without a tracer values are read and actions run at once', () => {
  let n = 1;
  const a = perCall(() => n);
  atEachCall(() => {
    n = 7;
  });
  const b = perCall(() => n, 'int32');
  const c = perCallTensor([2, 1], () => Float32Array.of(n, n + 1));
  expect([a, b, c].map((t) => [t.dtype, t.shape, [...t.dataSync()]])).toEqual([
    ['float32', [], [1]],
    ['int32', [], [7]],
    ['float32', [2, 1], [7, 8]],
  ]);
});

test('while tracing nothing is read or run; replayed, everything happens in order', () => {
  const tracer = notebook();
  let step = 0;
  const [m, pair] = whileTracing(tracer, () => {
    const m = perCall(() => step);
    atEachCall(() => {
      step += 1;
    });
    return [m, perCallTensor([2], () => Int32Array.of(step, -step), 'int32')];
  });
  expect(step).toBe(0);
  expect([m!.shape, m!.dtype, pair!.shape, pair!.dtype]).toEqual([[], 'float32', [2], 'int32']);
  const call = () => tracer.recorded.map((run) => run());
  expect(call()).toEqual([Float32Array.of(0), undefined, Int32Array.of(1, -1)]);
  expect(call()).toEqual([Float32Array.of(1), undefined, Int32Array.of(2, -2)]);
});

test('values that do not fit are refused, at the call if traced', () => {
  const before = memory().numTensors;
  const wrong = () => perCallTensor([2, 2], () => new Float32Array(3));
  expect(wrong).toThrow(new RangeError('Cannot fill shape [2,2] with 3 values: needed 4'));
  expect(() => perCallTensor([2], () => new Float32Array(2), 'int32')).toThrow(TypeError);
  expect(memory().numTensors).toBe(before);
  const tracer = notebook();
  whileTracing(tracer, wrong);
  expect(() => tracer.recorded[0]!()).toThrow(/needed 4/);
});

test('the tracer in charge is the innermost, and the one before after it, also on throw', () => {
  const [outer, inner] = [notebook(), notebook()];
  expect(isTracing()).toBe(false);
  whileTracing(outer, () => {
    expect(() =>
      whileTracing(inner, () => {
        atEachCall(() => {});
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(outsideTrace(() => [isTracing(), perCall(() => 3).dataSync()[0]])).toEqual([false, 3]);
    expect(() =>
      outsideTrace(() => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(isTracing()).toBe(true);
    perCall(() => 1);
  });
  expect([outer.recorded.length, inner.recorded.length]).toEqual([1, 1]);
  expect(isTracing()).toBe(false);
});

test('every copy of the package finds the tracer', async () => {
  vi.resetModules();
  const copy = await import('./index.js');
  expect(copy.whileTracing).not.toBe(whileTracing);
  const tracer = notebook();
  copy.whileTracing(tracer, () => {
    expect(isTracing()).toBe(true);
    atEachCall(() => {});
  });
  expect(tracer.recorded.length).toBe(1);
});

test('what would be frozen is refused while tracing only', () => {
  const draw = () => refuseWhileTracing('draw rng.uniform()', 'rng.uniformTensor([…])');
  draw();
  expect(() => whileTracing(notebook(), draw)).toThrow(
    'Cannot draw rng.uniform() while a step is compiled: it would be frozen, the same at every call; use rng.uniformTensor([…])',
  );
});
