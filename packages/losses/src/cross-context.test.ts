import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import { dispose, memory, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type CrossContextOptions, crossContext } from './cross-context.js';
import { nextCenter } from './next-center.js';
import { relationalCrossEntropy } from './relational-cross-entropy.js';

testLoss(
  'crossContext',
  (query, key, negatives, { temperature, reduction }) => {
    const both = (rows: Tensor2D) => ({ global: rows, hypercolumn: rows });
    const temperatures = both({ student: temperature, teacher: temperature } as never) as never;
    return crossContext(both(query), both(key), both(negatives), { temperatures, reduction });
  },
  { masks: 'none', keyGradient: false },
);

function example(seed: number) {
  const rng = createRng(seed);
  const rows = (count: number, width: number) =>
    tensor2d(
      Array.from({ length: count }, () => {
        const row = Array.from({ length: width }, () => rng.normal());
        return row.map((x) => x / Math.hypot(...row));
      }),
    );
  const both = (count: number) => ({ global: rows(count, 3), hypercolumn: rows(count, 5) });
  const [query, key, queue] = [both(4), both(4), both(7)];
  const tensors = [query, key, queue].flatMap(({ global, hypercolumn }) => [global, hypercolumn]);
  return { query, key, queue, release: () => dispose(tensors) };
}

describe('crossContext', () => {
  const expected: [CrossContextOptions<'none'>, number[]][] = [
    [{}, [0.08, 0.08, 0.08, 0.08]],
    [{ mode: 'reference' }, [0.08, 0.04, 0.1, 0.08]],
    [{ mode: 'reference', temperatures: { hypercolumn: { student: 0.3 } } }, [0.3, 0.04, 0.1, 0.08]],
    [{ temperatures: { global: { teacher: 0.2 } } }, [0.08, 0.08, 0.08, 0.2]],
    [{ temperatures: { global: { student: undefined, teacher: 0.2 } } }, [0.08, 0.08, 0.08, 0.2]],
  ];
  it.each(expected)('is the mean of both directions, %o', (options, [hyperS, globalT, globalS, hyperT]) => {
    const { query, key, queue, release } = example(3);
    const found = crossContext(query, key, queue, { ...options, reduction: 'none' });
    const toHyper = relationalCrossEntropy(query.hypercolumn, key.global, queue.hypercolumn, {
      teacherQueue: queue.global,
      studentTemperature: hyperS!,
      teacherTemperature: globalT!,
      reduction: 'none',
    });
    const toGlobal = relationalCrossEntropy(query.global, key.hypercolumn, queue.global, {
      teacherQueue: queue.hypercolumn,
      studentTemperature: globalS!,
      teacherTemperature: hyperT!,
      reduction: 'none',
    });
    const [h, g] = [toHyper.dataSync(), toGlobal.dataSync()];
    expect(found).toBeAllclose(
      Array.from(h, (value, i) => (value + g[i]!) / 2),
      1e-6,
    );
    dispose([found, toHyper, toGlobal]);
    release();
  });

  it('refuses what does not fit, and leaves nothing behind', () => {
    const { query, key, queue, release } = example(4);
    const short = tensor1d([0]);
    const before = memory().numTensors;
    expect(() => crossContext(query, { ...key, global: queue.global }, queue)).toThrow(
      'Cannot compute crossContext: needed key.global as float32 [4, 3], got float32 [7, 3]',
    );
    expect(() => crossContext(query, key, { ...queue, hypercolumn: key.hypercolumn })).toThrow(
      'needed queue.hypercolumn as float32 [7, 5], got float32 [4, 5]',
    );
    expect(() => crossContext({ global: query.global } as never, key, queue)).toThrow(
      /needed query.hypercolumn as float32 \[4, h\], got undefined/,
    );
    expect(() => crossContext(query, key, queue, { centers: { global: short } })).toThrow(/needed centers.global as/);
    expect(() => crossContext(query, key, queue, { temperatures: { global: { student: 0 } } })).toThrow(
      'needed a finite temperatures.global.student above 0, got 0',
    );
    expect(() => crossContext(query, key, queue, { mode: 'papre' as 'paper' })).toThrow(TypeError);
    expect(memory().numTensors).toBe(before);
    short.dispose();
    release();
  });
});

describe('nextCenter', () => {
  it('moves towards the mean of the similarities, or in reference mode towards their sum', () => {
    const [center, teacher] = [
      tensor1d([1, 2, 3]),
      tensor2d([
        [1, 0],
        [0.6, 0.8],
      ]),
    ];
    const queue = tensor2d([
      [1, 0],
      [0, 1],
      [-1, 0],
    ]);
    const before = memory().numTensors;
    const [paper, reference] = [
      nextCenter(center, teacher, queue, { momentum: 0.5 }),
      nextCenter(center, teacher, queue, { mode: 'reference' }),
    ];
    expect(paper).toBeAllclose([0.5 + 0.4, 1 + 0.2, 1.5 - 0.4], 1e-6);
    expect(reference).toBeAllclose([0.9 + 0.16, 1.8 + 0.08, 2.7 - 0.16], 1e-6);
    expect(memory().numTensors).toBe(before + 2);
    dispose([center, teacher, queue, paper, reference]);
  });

  it('refuses what does not fit', () => {
    const [center, teacher] = [tensor1d([1]), tensor2d([[1, 0]])];
    expect(() => nextCenter(center, teacher, teacher, { momentum: 1.5 })).toThrow(
      'needed momentum from 0 to 1, got 1.5',
    );
    expect(() => nextCenter(teacher as never, teacher, teacher)).toThrow(
      'needed center as float32 [1], got float32 [1, 2]',
    );
    expect(() => nextCenter(center, teacher, center as never)).toThrow(TypeError);
    expect(() => nextCenter(center, teacher, teacher, { mode: 'mean' as 'paper' })).toThrow(TypeError);
    dispose([center, teacher]);
  });
});
