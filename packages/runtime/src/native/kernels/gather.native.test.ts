import { engine, gather, memory, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';

test('gather downloads nothing, and refuses indices out of range all the same', () => {
  const x = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const [rows, columns, outside] = [
    [1, 0, 1],
    [2, 2],
    [0, 2],
  ].map((list) => tensor1d(list, 'int32'));
  const read = vi.spyOn(engine().backend, 'readSync');
  const results = [gather(x, rows!), gather(x, columns!, 1)];
  expect(read).not.toHaveBeenCalled();
  read.mockRestore();
  expect(results.map((t) => t.arraySync())).toEqual([
    [
      [4, 5, 6],
      [1, 2, 3],
      [4, 5, 6],
    ],
    [
      [3, 3],
      [6, 6],
    ],
  ]);
  const before = memory().numTensors;
  expect(() => gather(x, outside!)).toThrow(/GatherV2.*2 is not in \[0, 2\)/);
  expect(memory().numTensors).toBe(before);
  for (const t of [x, rows!, columns!, outside!, ...results]) t.dispose();
});
