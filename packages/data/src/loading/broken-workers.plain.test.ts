import type { Worker } from 'node:worker_threads';
import { createRng } from '@hcsc/random';
import { expect, test, vi } from 'vitest';
import { imageWorkers } from './image-workers.js';

vi.mock('../package-file.js', () => ({ packageFile: (path: string) => new URL(`nowhere/${path}`, import.meta.url) }));

test('threads that cannot start are an error to everybody who waits, and to nobody else', async () => {
  const task = () =>
    imageWorkers(3).render({
      images: { pixels: new SharedArrayBuffer(3), offset: 0, shape: [1, 1, 3] },
      positions: [0],
      rng: createRng(0).state(),
      views: [],
      format: 'float32',
      output: new SharedArrayBuffer(0),
    });
  const uncaught: unknown[] = [];
  const collect = (error: unknown) => uncaught.push(error);
  process.prependListener('uncaughtException', collect);
  const ended: Promise<unknown>[] = [];
  const watch = (thread: Worker) => ended.push(new Promise((resolve) => thread.once('exit', resolve)));
  process.on('worker', watch);
  try {
    for (let again = 0; again < 2; again++) {
      const tasks = [1, 2, 3, 4].map(() => expect(task()).rejects.toThrow('Cannot start a worker that decodes images'));
      await Promise.all(tasks);
    }
    await Promise.all(ended);
  } finally {
    process.off('worker', watch);
    process.off('uncaughtException', collect);
  }
  expect(ended.length).toBeGreaterThan(3);
  expect(uncaught).toEqual([]);
});
