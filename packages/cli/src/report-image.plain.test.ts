import { expect, test } from 'vitest';
import { reportImage } from './report-image.js';

test.each([
  [1, 1, [0]],
  [2, 1, [0]],
  [3, 3, [0, 1, 2]],
  [4, 3, [0, 1, 2]],
  [5, 1, [0]],
])('of %i channels, %i are shown: %j', (channels, shown, which) => {
  const bytes = Uint8Array.from({ length: 2 * 3 * channels }, (_, i) => i * 3);
  const { data, ...rest } = reportImage(bytes, [2, 3, channels]);
  expect(rest).toEqual({ height: 2, width: 3, channels: shown });
  const expected: number[] = [];
  for (let pixel = 0; pixel < 6; pixel++) for (const channel of which) expected.push((pixel * channels + channel) * 3);
  expect([...data]).toEqual(expected);
});

test('keeps the label, if there is one', () => {
  expect(reportImage(Uint8Array.of(1), [1, 1, 1], 'Coat').label).toBe('Coat');
  expect('label' in reportImage(Uint8Array.of(1), [1, 1, 1])).toBe(false);
});
