import { createRng, type Rng } from '@hcsc/random';
import { atEachCall, outsideTrace, perCallTensor } from '@hcsc/trace';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { BatchShape, Draws, GivenDraws } from './transform.js';

/**
 * The draws of a transform in a function that is being compiled: drawn once at each call, as tensors.
 *
 * Names and lengths come from a dry run on a stream of its own. An array becomes a tensor when it is asked for, once; two
 * names of one array are one tensor.
 */
export function drawsPerCall<D extends Draws>(
  draw: (shape: BatchShape, rng: Rng) => D,
  shape: BatchShape,
  rng: Rng,
): GivenDraws<D> {
  const example = outsideTrace(() => draw(shape, createRng(0)));
  let drawn = example;
  atEachCall(() => {
    drawn = draw(shape, rng);
  });
  const tensors = new Map<Float32Array, Tensor>();
  const given = {};
  for (const [name, values] of Object.entries(example)) {
    const read = () => {
      const made = tensors.get(values) ?? perCallTensor([values.length], () => drawn[name]!);
      tensors.set(values, made);
      return made;
    };
    Object.defineProperty(given, name, { get: read, enumerable: true });
  }
  return given as GivenDraws<D>;
}
