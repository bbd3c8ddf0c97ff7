import { expect, test } from 'vitest';
import type { PrototypeNode } from './prototype-tree.js';
import { treeSection } from './tree-section.js';

const image = { width: 1, height: 1, channels: 1 as const, data: Uint8Array.of(7), label: 'Coat' };
const node = (level: number, id: number, children: readonly PrototypeNode[] = []): PrototypeNode => ({
  ...{ level, id, children, count: 4, concentration: 0.2, images: [image], labels: { Coat: 3, Shirt: 1 } },
});
const how = (...roots: PrototypeNode[]) => /<p class="how">(.*?)<\/p>/.exec(treeSection({ roots }))![1];

test('prototypes are described as what they are: nested or flat, with pictures or without', () => {
  const [shown, open] = [
    'each is shown by the images nearest to it, the nearest first',
    'Open one to see the prototypes',
  ];
  const nested = how(node(1, 0, [node(0, 0), node(0, 1)]));
  expect(nested).toMatch(
    new RegExp(`^1 → 2 prototypes, coarsest to finest; ${shown}\\. ${open} .*; an image of another`),
  );

  const flat = [node(0, 0), node(0, 1)];
  expect(how(...flat)).toMatch(new RegExp(`^2 prototypes; ${shown}\\. φ is .*; an image of another`));

  const bare = flat.map((one) => ({ ...one, images: [] }));
  expect(how(...bare)).toMatch(/^2 prototypes\. φ is .* The bar gives .* the most frequent in colour\.$/);
});
