import type { Rng } from '@hcsc/random';
import { dispose, fill, memory, slice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import {
  expectNear,
  gradients,
  imageShapeOf,
  infer,
  run,
  valuesOf,
  valuesOfWeight,
  weightsOf,
} from './backbone-in-use.js';
import type { BackboneSuite } from './backbone-suite.js';
import { download } from './download.js';

/** What a backbone gives, for good images and bad ones. */
export function outputCases({ check, options, batchSize }: BackboneSuite): void {
  check('gives features of the shape that it says', (model, images) => {
    const outputs = infer(model, images);
    const wanted = model.outputs.map(({ shape }) => shape.slice(1));
    expect(outputs.map(({ shape }) => shape[0])).toEqual(wanted.map(() => batchSize));
    outputs.forEach(({ shape }, i) => {
      expect(shape.slice(1)).toEqual(wanted[i]!.map((size, axis) => size ?? shape[axis + 1]));
    });
    if (outputs.length === 1) expect(outputs[0]!.rank, 'rank of the features: needed [N, D]').toBe(2);
    if (options.features !== undefined) expect(outputs.at(-1)!.shape.at(-1)).toBe(options.features);
    expect(outputs.map(({ dtype }) => dtype)).toEqual(outputs.map(() => 'float32'));
    expect(outputs.flatMap(download).every(Number.isFinite)).toBe(true);
  });

  check('sees each image by itself in inference', (model, images) => {
    const together = infer(model, images);
    for (let i = 0; i < batchSize; i++) {
      const one = slice(images, i, 1);
      infer(model, one).forEach((alone, o) => {
        const row = download(slice(together[o]!, i, 1));
        expectNear(download(alone), row, 1e-4);
      });
      one.dispose();
    }
    dispose(together);
  });

  check('gives the same for the same images in inference, and moves nothing', (model, images) => {
    const before = valuesOf(model);
    const first = infer(model, images).flatMap(download);
    dispose(run(model, images, false));
    expectNear(infer(model, images).flatMap(download), first, 1e-6);
    expect(valuesOf(model)).toEqual(before);
  });

  check('moves its statistics in training, and no weight that trains', (model, images) => {
    const { trainable, others } = weightsOf(model);
    const [trained, statistics] = [trainable, others].map((weights) => weights.map(valuesOfWeight));
    dispose(run(model, images, true));
    expect(trainable.map(valuesOfWeight)).toEqual(trained);
    const now = others.map(valuesOfWeight);
    expect(now.flat().every(Number.isFinite)).toBe(true);
    const { movesStatistics = others.length > 0 } = options;
    if (movesStatistics) expect(now).not.toEqual(statistics);
    else expect(now).toEqual(statistics);
  });

  check('is finite for images of one colour, and so are its gradients', (model, _, rng) => {
    const shape = imageShapeOf(model, options.imageShape);
    for (const colour of [0, 1, -1]) {
      const images = fill([batchSize, ...shape], colour) as Tensor4D;
      for (const training of [false, true]) {
        const numbers = run(model, images, training).flatMap(download);
        const slopes = gradients(model, images, rng, training).flatMap(({ gradient }) => gradient);
        expect([...numbers, ...slopes].every(Number.isFinite)).toBe(true);
      }
      images.dispose();
    }
    expect(valuesOf(model).flat().every(Number.isFinite)).toBe(true);
  });

  const refuses = (what: string, make: (shape: [number, number, number], rng: Rng) => Tensor) =>
    check(`refuses ${what}, and leaves nothing behind`, (model, _, rng) => {
      const images = make(imageShapeOf(model, options.imageShape), rng);
      const weights = valuesOf(model);
      const before = memory().numTensors;
      expect(() => infer(model, images)).toThrow(Error);
      expect(() => run(model, images, true)).toThrow(Error);
      expect(memory().numTensors).toBe(before);
      expect(valuesOf(model)).toEqual(weights);
      images.dispose();
    });
  refuses('images of other channels', ([h, w, c], rng) => rng.normalTensor([batchSize, h, w, c + 1]));
  refuses('rows instead of images', ([h, w, c], rng) => rng.normalTensor([batchSize, h * w * c]));
}
