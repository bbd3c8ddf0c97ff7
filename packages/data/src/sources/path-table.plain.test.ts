import { createRng } from '@hcsc/random';
import { expect, test } from 'vitest';
import { pathTable } from './path-table.js';

test('gives back what was put in, whatever the script', () => {
  const table = pathTable();
  const paths = ['', 'a', 'ä/ö.jpg', '写真/猫 1.png', '😀.webp', 'x'.repeat(5000), 'last'];
  for (const path of paths) table.push(path);
  const all = () => paths.map((_, i) => table.at(i));
  expect(table.length).toBe(paths.length);
  expect(all()).toEqual(paths);
  table.trim();
  expect(all()).toEqual(paths);
  table.push('after trimming');
  expect(table.at(paths.length)).toBe('after trimming');
});

test.each([[2], [-1], [0.5], [Number.NaN]])('there is no path %s of two', (index) => {
  const table = pathTable();
  table.push('a');
  table.push('b');
  expect(() => table.at(index)).toThrow(`Cannot give path ${index}: there are 2, from 0`);
});

/** By code point, as Python compares strings. */
const byCodePoint = (a: string, b: string) => {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};
const folderOf = (path: string) => path.split('/').slice(0, -1).join('/');
const nameOf = (path: string) => path.split('/').at(-1)!;

test('sorts the end by folder, then by name, and leaves the beginning alone', () => {
  const table = pathTable();
  const before = ['z', 'y'];
  // "-" comes before "/", and the emoji, a surrogate pair, after the last character of the basic plane.
  const parts = ['b', 'b-x', 'b/c', 'b.jpg', 'a', 'B', '\uffee', '😀', 'bb', 'b/c-'];
  const rng = createRng(3);
  const any = () => parts[rng.integer(parts.length)]!;
  const paths = new Set(Array.from({ length: 300 }, () => (rng.uniform() < 0.4 ? any() : `${any()}/${any()}${any()}`)));
  for (const path of [...before, ...paths]) table.push(path);
  table.sortFrom(2);
  const expected = [...paths].sort(
    (a, b) => byCodePoint(folderOf(a), folderOf(b)) || byCodePoint(nameOf(a), nameOf(b)),
  );
  expect(Array.from({ length: table.length }, (_, i) => table.at(i))).toEqual([...before, ...expected]);
});

test('200,000 paths take the bytes they are long and four more', () => {
  const table = pathTable();
  const path = (i: number) => `n${String(i % 1000).padStart(8, '0')}/n${String(i).padStart(8, '0')}_${i}.JPEG`;
  let text = 0;
  for (let i = 0; i < 200_000; i++) {
    table.push(path(i));
    text += path(i).length;
  }
  expect(table.bytes).toBeLessThan(2.2 * (text + 4 * 200_000));
  table.trim();
  expect(table.bytes).toBe(text + 4 * 200_000);
  expect(table.bytes).toBeLessThan(8_000_000);
  expect(table.at(123_456)).toBe(path(123_456));
});
