import { expect, test } from 'vitest';
import { withSentence } from './with-sentence.js';

test('an error stays the same one where its message can be changed', () => {
  const error = new RangeError('Too many');
  expect(withSentence(error, 'Take fewer')).toBe(error);
  expect(error.message).toBe('Too many. Take fewer');
});

test.each([
  ['whose message is fixed', new DOMException('Stopped', 'AbortError'), 'Stopped'],
  ['that is frozen', Object.freeze(new Error('Cold')), 'Cold'],
  ['that is a string', 'boom', 'boom'],
  ['that is nothing', undefined, 'undefined'],
])('one %s becomes the cause of another', (_, thrown, message) => {
  const error = withSentence(thrown, 'Look there');
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe(`${message}. Look there`);
  expect(error.cause).toBe(thrown);
});
