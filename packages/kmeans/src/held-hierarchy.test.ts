import { engine, fill, memory, type Tensor, type Tensor2D, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { heldHierarchy } from './held-hierarchy.js';
import { disposeLevels, type Hierarchy, type HierarchyLevel } from './hierarchy.js';
import { hierarchyTensors } from './hierarchy-tensors.js';

/** Two levels of `sizes` prototypes over 6 images, all values `value`. */
function made(value: number, sizes = [4, 2], dropped = true): Hierarchy {
  const levels = sizes.map(
    (k, l): HierarchyLevel => ({
      centroids: fill([k, 3], value) as Tensor2D,
      assignments: tensor1d(Array(6).fill(value), 'int32'),
      concentration: tensor1d(Array(k).fill(value)),
      counts: tensor1d(Array(k).fill(value), 'int32'),
      parents: l + 1 < sizes.length ? tensor1d(Array(k).fill(value), 'int32') : null,
      ...(dropped && { alive: tensor1d(Array(k).fill(value)) }),
    }),
  );
  return { levels, dispose: () => disposeLevels(levels) };
}

const numbers = (hierarchy: Hierarchy) =>
  Object.entries(hierarchyTensors(hierarchy)).map(([name, tensor]) => [name, tensor.shape, [...tensor.dataSync()]]);

test('a hierarchy of the same shapes comes into the same variables, which outlive what they were given', () => {
  const before = [memory().numTensors, Object.keys(engine().registeredVariables).length];
  const held = heldHierarchy();
  expect([held.current, held.version]).toEqual([null, 0]);
  const first = made(1);
  held.hold(first);
  const { current, version } = held;
  const variables: Tensor[] = Object.values(hierarchyTensors(current!));
  const count = memory().numTensors;
  const second = made(2);
  const expected = numbers(second);
  held.hold(second);
  first.dispose();
  second.dispose();
  expect(held.current).toBe(current);
  expect(held.version).toBe(version);
  expect(Object.values(hierarchyTensors(held.current!))).toEqual(variables);
  expect(numbers(held.current!)).toEqual(expected);
  expect(held.current!.levels[1]!.parents).toBeNull();
  expect(variables.every((variable) => !(variable as { trainable?: boolean }).trainable)).toBe(true);
  expect(memory().numTensors).toBe(count - variables.length);
  held.hold(held.current);
  expect(numbers(held.current!)).toEqual(expected);
  held.dispose();
  held.dispose();
  expect([held.current, held.version]).toEqual([null, 0]);
  expect([memory().numTensors, Object.keys(engine().registeredVariables).length]).toEqual(before);
});

test('other shapes, fields or levels, and a hierarchy after none, have variables and a version of their own', () => {
  const before = memory().numTensors;
  const held = heldHierarchy();
  const versions = new Set([held.version]);
  const forms: [sizes: number[], dropped: boolean][] = [
    [[4, 2], true],
    [[4, 3], true],
    [[4, 3], false],
    [[4, 3, 2], false],
    [[4], false],
    [[4, 2], true],
  ];
  for (const [i, [sizes, dropped]] of forms.entries()) {
    const last = held.current && Object.values(hierarchyTensors(held.current));
    const next = made(i, sizes, dropped);
    const expected = numbers(next);
    held.hold(next);
    next.dispose();
    expect(numbers(held.current!)).toEqual(expected);
    expect(last?.every((tensor) => tensor.isDisposed) ?? true).toBe(true);
    versions.add(held.version);
  }
  held.hold({ ...held.current!, levels: held.current!.levels.slice(1) }); // of its own variables
  expect(numbers(held.current!)[0]).toEqual(['hierarchy.0.centroids', [2, 3], Array(6).fill(5)]);
  versions.add(held.version);
  held.hold(null);
  expect([held.current, held.version]).toEqual([null, 0]);
  const again = made(7, [2]);
  held.hold(again);
  versions.add(held.version);
  expect(versions.size).toBe(forms.length + 3);
  held.current!.dispose();
  expect(held.current).toBeNull();
  again.dispose();
  expect(memory().numTensors).toBe(before);
});

test('what cannot be held is refused, and what was held stays', () => {
  const held = heldHierarchy();
  const first = made(1);
  held.hold(first);
  const expected = numbers(first);
  const before = memory().numTensors;
  expect(() => held.hold({ levels: [], dispose() {} })).toThrow(
    'Cannot hold a hierarchy: needed at least 1 level, got 0',
  );
  const gone = made(2);
  gone.levels[1]!.counts.dispose();
  expect(() => held.hold(gone)).toThrow('Cannot hold a hierarchy whose levels[1].counts has been disposed');
  gone.dispose();
  expect(numbers(held.current!)).toEqual(expected);
  expect(memory().numTensors).toBe(before);
  first.dispose();
  held.dispose();
});
