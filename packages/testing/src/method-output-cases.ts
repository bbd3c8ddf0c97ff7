import { slice, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { difference } from './allclose.js';
import { download } from './download.js';
import { expectSame, methodSnapshot } from './method-snapshot.js';
import type { MethodSuite } from './method-suite.js';
import { tidied } from './tidied.js';

/** What a method says of itself, and gives. */
export function outputCases({ check }: MethodSuite): void {
  check('says what it is', async (_, make) => {
    const { name, views, parameters, options } = make();
    expect(name).toMatch(/\S/);
    expect(Number.isInteger(views) && views > 0, `a number of views: ${views}`).toBe(true);
    expect(parameters.length).toBeGreaterThan(0);
    const names = parameters.map((parameter) => parameter.name);
    expect(names.filter((each, i) => names.indexOf(each) !== i)).toEqual([]);
    // Options without a value are no options; toEqual leaves them out.
    expect(JSON.parse(JSON.stringify(options ?? {}))).toEqual(options ?? {});
  });

  check('is built the same from equal seeds, and not from others', async (_, make) => {
    const [first, same, other] = [make(1), make(1), make(2)].map(methodSnapshot);
    expectSame(same!, first!);
    expect(() => expectSame(other!, first!)).toThrow();
  });

  check('gives a finite loss, its parts, and features of length 1', async (course, make) => {
    const method = make();
    for (let from = 0; from < course.steps; from += course.stepsPerEpoch) {
      const figures = await course.train(method, { from, to: from + course.stepsPerEpoch });
      expect(figures.flat().every(Number.isFinite)).toBe(true);
      expect(Object.values(method.figures?.() ?? {}).every(Number.isFinite)).toBe(true);
      tidied(() => {
        course.batch(from, method.views, (views, batch) => {
          const { total, parts, features } = method.loss(views, method.targets(views, batch), batch);
          for (const one of [total, ...Object.values(parts)]) expect([one.shape, one.dtype]).toEqual([[], 'float32']);
          if (features) expectUnitRows(features, views[0]!.shape[0]);
        });
      });
    }
  });

  check('trains its encoder, which gives rows of features', async (course, make) => {
    const method = make();
    const encode = () =>
      course.batch(0, 1, ([images]) => {
        const features = method.encoder.predict(images!) as Tensor2D;
        expect([features.rank, features.shape[0]]).toEqual([2, images!.shape[0]]);
        return download(features);
      });
    const before = encode();
    expect(before.every(Number.isFinite)).toBe(true);
    await course.train(method);
    expect(difference(encode(), before).difference).toBeGreaterThan(0);
  });

  check('embeds images one by one, as rows of length 1, if it embeds', async (course, make) => {
    const method = make();
    await course.train(method);
    course.batch(0, 1, ([images]) => {
      if (method.embed) expectRowsOneByOne((some) => method.embed!(some), images!);
    });
  });

  check('gives the features it names one by one, as rows of length 1, if it names any', async (course, make) => {
    const method = make();
    await course.train(method);
    course.batch(0, 1, ([images]) => {
      for (const [name, features] of Object.entries(method.features ?? {})) {
        expect(name).toMatch(/\S/);
        expectRowsOneByOne(features, images!);
      }
    });
  });

  check('tells of its prototypes, if there are any', async (course, make) => {
    const method = make();
    await course.train(method);
    const { source } = course.epoch(0);
    for (const { centroids, assignments } of method.hierarchy?.levels ?? []) {
      expectUnitRows(centroids, centroids.shape[0]);
      expect([assignments.shape, assignments.dtype]).toEqual([[source.length], 'int32']);
      const ids = Array.from(assignments.dataSync());
      expect(ids.filter((id) => !(id >= 0 && id < centroids.shape[0]))).toEqual([]);
    }
  });
}

/** Unit rows of a batch, the same as those of its images alone: no batch norm in training mode. */
function expectRowsOneByOne(features: (images: Tensor4D) => Tensor2D, images: Tensor4D): void {
  const all = features(images);
  expectUnitRows(all, images.shape[0]);
  const width = all.shape[1];
  const rows = download(all);
  for (let i = 0; i < images.shape[0]; i++) {
    const one = slice(images, i, 1) as Tensor4D;
    const alone = download(features(one));
    expect(difference(alone, rows.slice(i * width, (i + 1) * width)).difference).toBeLessThan(1e-4);
    one.dispose();
  }
}

function expectUnitRows(rows: Tensor2D, count: number): void {
  expect([rows.rank, rows.shape[0], rows.dtype]).toEqual([2, count, 'float32']);
  const values = Array.from(rows.dataSync());
  const width = rows.shape[1];
  for (let i = 0; i < count; i++) {
    expect(Math.abs(Math.hypot(...values.slice(i * width, (i + 1) * width)) - 1)).toBeLessThan(1e-3);
  }
}
