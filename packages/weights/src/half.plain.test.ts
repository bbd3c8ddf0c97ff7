import { expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from './half.js';

it('reads half precision', () => {
  const known: [bits: number, value: number][] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x03ff, 2 ** -14 - 2 ** -24],
    [0x0001, 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ];
  expect([...fromFloat16(Uint16Array.from(known, ([bits]) => bits))]).toEqual(known.map(([, value]) => value));
});

it('reads bfloat16', () => {
  const values = fromBfloat16(Uint16Array.of(0x3f80, 0xc040, 0x8000, 0x7f80, 0x7fc0));
  expect([...values]).toEqual([1, -3, -0, Number.POSITIVE_INFINITY, Number.NaN]);
});
