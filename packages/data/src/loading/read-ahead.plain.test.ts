import { expect, test } from 'vitest';
import { assertPrefetch, readAhead } from './read-ahead.js';

/** A reader that says when it was asked, and answers when it is told to. */
function slowReader() {
  const asked: number[] = [];
  const answers = new Map<number, (value: number | Error) => void>();
  const read = (index: number) => {
    asked.push(index);
    return new Promise<number>((resolve, reject) => {
      answers.set(index, (value) => (value instanceof Error ? reject(value) : resolve(value)));
    });
  };
  return { asked, read, answer: (index: number, value: number | Error = index) => answers.get(index)!(value) };
}

test('items come in order, whatever the order of the answers, and no more than asked are under way', async () => {
  const { asked, read, answer } = slowReader();
  const items = readAhead(2, 7, 3, read);
  const first = items.next();
  expect(asked).toEqual([2, 3, 4]);
  answer(4);
  answer(3);
  answer(2);
  expect(await first).toEqual({ done: false, value: 2 });
  expect(asked).toEqual([2, 3, 4, 5]);
  expect((await items.next()).value).toBe(3);
  expect(asked).toEqual([2, 3, 4, 5, 6]);
  answer(5);
  answer(6);
  expect([(await items.next()).value, (await items.next()).value, (await items.next()).value]).toEqual([4, 5, 6]);
  expect((await items.next()).done).toBe(true);
});

test('an error comes in its turn, and ends it', async () => {
  const { read, answer } = slowReader();
  const items = readAhead(0, 3, 2, read);
  const first = items.next();
  answer(1, new Error('disk on fire'));
  answer(0);
  expect((await first).value).toBe(0);
  await expect(items.next()).rejects.toThrow('disk on fire');
  expect((await items.next()).done).toBe(true);
});

test('nothing more is read for a consumer that has left, and failures are not heard', async () => {
  const { asked, read, answer } = slowReader();
  const items = readAhead(0, 9, 3, read);
  const first = items.next();
  answer(0);
  await first;
  await items.return();
  answer(1, new Error('too late'));
  answer(2);
  await new Promise(setImmediate);
  expect(asked).toEqual([0, 1, 2, 3]);
});

test('nothing is read of an empty range', async () => {
  const { asked, read } = slowReader();
  expect((await readAhead(4, 4, 2, read).next()).done).toBe(true);
  expect(asked).toEqual([]);
});

test.each([0, -1, 1.5, Number.NaN])('a prefetch of %d is refused', (prefetch) => {
  expect(() => assertPrefetch(prefetch)).toThrow(RangeError);
});
