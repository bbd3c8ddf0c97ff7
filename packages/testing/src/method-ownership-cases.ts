import { concat, engine, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { tensorsOf } from './method-course.js';
import { expectSame, methodSnapshot } from './method-snapshot.js';
import type { MethodSuite } from './method-suite.js';
import { leakedTensors } from './tensor-leak.js';
import { tidied } from './tidied.js';

/** What a method leaves behind, on good days and on bad ones. */
export function ownershipCases({ check, build }: MethodSuite): void {
  check('leaves nothing behind in steps and epochs', async (course, make) => {
    const method = make();
    await course.train(method, { to: course.last + 1 });
    const before = memory().numTensors;
    await course.train(method, { from: course.last });
    await method.beforeEpoch?.(course.epoch(course.epochs - 1));
    expect(memory().numTensors).toBe(before);
    method.figures?.();
    methodSnapshot(method);
    course.batch(0, 1, ([images]) => {
      if (method.embed) expect(leakedTensors(() => method.embed!(images!))).toBe(0);
      for (const features of Object.values(method.features ?? {})) {
        expect(leakedTensors(() => features(images!))).toBe(0);
      }
    });
    expect(memory().numTensors).toBe(before);
  });

  check('leaves its views and batches alone', async (course, make) => {
    const method = make();
    await course.train(method);
    course.batch(0, method.views, (views, batch) => {
      tidied(() => {
        const targets = method.targets(views, batch);
        method.loss(views, targets, batch);
        method.afterStep?.(targets, batch);
      });
      expect([...views, ...tensorsOf(batch)].map(({ isDisposed }) => isDisposed)).not.toContain(true);
    });
  });

  check('goes on, and leaves nothing behind, when an epoch cannot begin', async (course, make) => {
    const method = make();
    await course.train(method);
    const { source } = course.epoch(course.epochs - 1);
    const unreadable = { ...source, read: () => Promise.reject(new Error('the disk is gone')) };
    const stopped = new AbortController();
    stopped.abort();
    const before = memory().numTensors;
    for (const changes of [{ source: unreadable }, { signal: stopped.signal }]) {
      await method.beforeEpoch?.(course.epoch(course.epochs - 1, changes)).catch(() => {});
      expect(memory().numTensors).toBe(before);
    }
    const figures = await course.train(method, { from: course.last });
    expect(figures.flat().every(Number.isFinite)).toBe(true);
    expect(memory().numTensors).toBe(before);
  });

  check('frees everything when it is disposed', async (course) => {
    const count = () => [memory().numTensors, Object.keys(engine().state.registeredVariables).length];
    const before = count();
    for (const to of [0, course.steps]) {
      const method = build(course.context(0));
      await course.train(method, { to });
      method.dispose();
      expect(count()).toEqual(before);
    }
  });

  check('takes a batch of one image and a large one, or refuses it', async (course, make) => {
    const method = make();
    await course.train(method);
    for (const size of [1, 3 * course.batchSize]) {
      const before = memory().numTensors;
      const step = () =>
        course.batch(
          0,
          method.views,
          (views, batch) =>
            tidied(() => {
              const targets = method.targets(views, batch);
              const [loss] = method.loss(views, targets, batch).total.dataSync();
              method.afterStep?.(targets, batch);
              return loss!;
            }),
          size,
        );
      let loss = 0;
      try {
        loss = step();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
      expect(Number.isFinite(loss), `loss of ${size} images: ${loss}`).toBe(true);
      expect(memory().numTensors).toBe(before);
    }
  });

  check('refuses images of other channels, and is as it was', async (course, make) => {
    const method = make();
    await course.train(method);
    const before = methodSnapshot(method);
    course.batch(0, method.views, (views, batch) => {
      const wide = tidied(() => views.map((view) => concat([view, view], 3) as Tensor4D));
      const count = memory().numTensors;
      const step = () => tidied(() => method.loss(wide, method.targets(wide, batch), batch));
      expect(step).toThrow(Error);
      expect(memory().numTensors).toBe(count);
      for (const view of wide) view.dispose();
    });
    expectSame(methodSnapshot(method), before);
  });
}
