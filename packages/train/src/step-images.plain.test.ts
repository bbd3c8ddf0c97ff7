import { type ImageSource, memorySource } from '@hcsc/data';
import { expect, test } from 'vitest';
import { whoMakesViews } from './step-images.js';

const inMemory = memorySource(new Uint8Array(1), [1, 1, 1]);
const decoded = { ...inMemory, originals: {} } as ImageSource;

test('views are made where the recipe says, else by who decodes', () => {
  expect(whoMakesViews({}, inMemory)).toBe('device');
  expect(whoMakesViews({}, decoded)).toBe('workers');
  expect(whoMakesViews({ viewsOn: 'workers' }, inMemory)).toBe('workers');
  expect(whoMakesViews({ viewsOn: 'device' }, decoded)).toBe('device');
  expect(() => whoMakesViews({ viewsOn: 'worker' as 'workers' }, decoded)).toThrow(/on 'worker': give 'device' or/);
});
