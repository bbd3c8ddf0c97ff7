import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import { createRng } from '@hcsc/random';
import { afterAll, expect, test } from 'vitest';
import { pattern } from '../sources/image-files.fixture.js';
import { imageWorkers, stopImageWorkers } from './image-workers.js';
import type { RenderTask } from './render-task.js';

afterAll(stopImageWorkers);

const SIDE = 64;
const IMAGES = 200;
const pixels = new SharedArrayBuffer(SIDE * SIDE * 3);
new Uint8Array(pixels).set(pattern(SIDE * SIDE * 3));

/** A task that takes long enough to lose its thread: the same image again and again, enlarged and blurred. */
function longTask(): RenderTask {
  const size = [256, 256] as const;
  return {
    images: { pixels, offset: 0, shape: [SIDE, SIDE, 3] },
    positions: [0],
    rng: createRng(0).state(),
    views: Array.from({ length: IMAGES }, () => ({
      steps: [
        { step: 'resize' as const, size, antialias: true, interpolation: 'bilinear' as const },
        { step: 'gaussianBlur' as const, p: 1, sigma: [8, 8] as const, kernel: 49 },
      ],
      size,
      offset: 0,
    })),
    format: 'float32',
    output: new SharedArrayBuffer(4 * 256 * 256 * 3),
  };
}

test('the images of a thread that ends are done again by another', async () => {
  const workers = imageWorkers(1);
  const undisturbed = longTask();
  expect(await workers.render(undisturbed)).toEqual([]);
  await stopImageWorkers();

  const threads: Worker[] = [];
  const collect = (thread: Worker) => threads.push(thread);
  process.on('worker', collect);
  try {
    const task = longTask();
    const started = once(process, 'worker');
    const rendered = imageWorkers(1).render(task);
    await started;
    // It has written something: it is in the middle of the task.
    const output = new Float32Array(task.output);
    while (output[0] === 0) await new Promise(setImmediate);
    await threads[0]!.terminate();
    expect(await rendered).toEqual([]);
    expect(threads.length).toBe(2);
    expect(output).toEqual(new Float32Array(undisturbed.output));
  } finally {
    process.off('worker', collect);
  }
});

test('a thread that ends before it has begun is replaced', async () => {
  await stopImageWorkers();
  process.once('worker', (thread: Worker) => void thread.terminate());
  expect(await imageWorkers(1).render({ ...longTask(), views: [] })).toEqual([]);
});

test('a task that cannot be done is an error, and the next one is done', async () => {
  const workers = imageWorkers(1);
  const task = { ...longTask(), views: longTask().views.slice(0, 1) };
  await expect(workers.render({ ...task, rng: { algorithm: 'other' } as never })).rejects.toThrow(/other/);
  expect(await workers.render(task)).toEqual([]);
});

test('work that was begun fails when the workers are stopped; they start again', async () => {
  const rendered = imageWorkers(1).render(longTask());
  const refused = expect(rendered).rejects.toThrow('stopImageWorkers() has ended them');
  await stopImageWorkers();
  await refused;
  expect(await imageWorkers(1).render({ ...longTask(), views: [] })).toEqual([]);
});

test('workers that were asked for before they were stopped start again, and can be stopped again', async () => {
  const workers = imageWorkers(1);
  await workers.render({ ...longTask(), views: [] });
  await stopImageWorkers();
  const started = once(process, 'worker');
  await workers.render({ ...longTask(), views: [] });
  const [thread] = (await started) as [Worker];
  const ended = once(thread, 'exit');
  await stopImageWorkers();
  await ended;
});

test('what waits behind a task that costs all its attempts is done, and the process can end', async () => {
  await stopImageWorkers();
  const output = new SharedArrayBuffer(4 * 256 * 256 * 3);
  const first = new Float32Array(output);
  const terminate = async (thread: Worker) => {
    while (first[0] === 0) await new Promise(setImmediate);
    first[0] = 0;
    await thread.terminate();
  };
  const workers = imageWorkers(1);
  let lost = 0;
  let patient: Promise<unknown> | undefined;
  const lose = (thread: Worker) => {
    lost++;
    if (lost === 3) patient = workers.render({ ...longTask(), views: [] });
    if (lost <= 3) void terminate(thread);
  };
  process.on('worker', lose);
  try {
    await expect(workers.render({ ...longTask(), output })).rejects.toThrow(/3 workers ended/);
    expect(await patient).toEqual([]);
  } finally {
    process.off('worker', lose);
  }
});

test('answers are not kept', async () => {
  const workers = imageWorkers(1);
  const answer = new WeakRef(await workers.render({ ...longTask(), views: [] }));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 5 && answer.deref(); i++) {
    await new Promise(setImmediate);
    collect();
  }
  expect(answer.deref()).toBeUndefined();
});

test.each([0, -1, 2.5, Number.NaN])('%d workers are refused', (count) => {
  expect(() => imageWorkers(count)).toThrow(RangeError);
});
