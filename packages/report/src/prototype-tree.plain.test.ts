import { describe, expect, it } from 'vitest';
import { type PrototypeLevel, prototypeTree } from './index.js';

const level = (counts: number[], parents: number[] | null): PrototypeLevel => ({
  counts,
  concentration: counts.map((_, id) => id / 10),
  parents,
  images: counts.map(() => []),
});

describe('prototypeTree', () => {
  it('nests typed arrays by their parents', () => {
    const { roots } = prototypeTree([
      { ...level([1, 2, 3, 4], [1, 0, 1, 1]), counts: Int32Array.of(1, 2, 3, 4), parents: Int32Array.of(1, 0, 1, 1) },
      level([2, 8, 0], [0, 0, 1]),
      { ...level([10, 0], null), labels: [{ Coat: 3 }, {}] },
    ]);
    const ids = (nodes: typeof roots): unknown =>
      nodes.map((node) => [node.level, node.id, node.count, ids(node.children)]);
    expect(ids(roots)).toEqual([
      [
        2,
        0,
        10,
        [
          [1, 0, 2, [[0, 1, 2, []]]],
          [
            1,
            1,
            8,
            [
              [0, 0, 1, []],
              [0, 2, 3, []],
              [0, 3, 4, []],
            ],
          ],
        ],
      ],
      [2, 1, 0, [[1, 2, 0, []]]],
    ]);
    expect(roots[0]?.labels).toEqual({ Coat: 3 });
    expect(roots[0]?.children[1]?.concentration).toBe(0.1);
  });

  it('leaves out what was dropped, and keeps the rows of the others', () => {
    const { roots } = prototypeTree([
      { ...level([1, 0, 3], [1, 1, 1]), alive: Float32Array.of(1, 0, 1) },
      { ...level([0, 4], null), alive: [0, 1] },
    ]);
    expect(roots.map(({ id, children }) => [id, children.map((child) => child.id)])).toEqual([[1, [0, 2]]]);
  });

  const refused: [string, PrototypeLevel[], RegExp][] = [
    ['no level', [], /at least one level, got none/],
    ['lengths that differ', [{ ...level([1, 2], null), concentration: [1] }], /2 counts, but 1 of concentration/],
    ['a mask that differs', [{ ...level([1, 2], null), alive: [1] }], /2 counts, but 1 of alive/],
    ['parents that differ', [level([1, 2], [0]), level([3], null)], /2 counts, but 1 of parents/],
    ['no parents below the coarsest', [level([1], null), level([1], null)], /Level 0 has no parents/],
    ['parents at the coarsest', [level([1], [0])], /Level 0 is the last .* and has parents/],
    ['a parent that is not there', [level([1], [1]), level([1], null)], /parent 1, but level 1 has 1/],
  ];

  it.each(refused)('refuses %s', (_, levels, message) => {
    expect(() => prototypeTree(levels)).toThrow(RangeError);
    expect(() => prototypeTree(levels)).toThrow(message);
  });
});
