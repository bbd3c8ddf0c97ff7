import { createRng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { copyCases } from './backbone-copy-cases.js';
import { gradientCases } from './backbone-gradient-cases.js';
import { imageShapeOf } from './backbone-in-use.js';
import { outputCases } from './backbone-output-cases.js';
import type { BackboneSuite, TestBackboneOptions } from './backbone-suite.js';
import type { ConformanceCase } from './conformance-case.js';

/** The tests of `testBackbone`, one by one. */
export function backboneCases(
  factory: () => LayersModel,
  options: TestBackboneOptions = {},
): ConformanceCase<Promise<void>>[] {
  const { batchSize = 4, drawsInTraining = false, seed = 0 } = options;
  const cases: ConformanceCase<Promise<void>>[] = [];
  const suite: BackboneSuite = {
    ...{ options, batchSize, drawsInTraining, factory },
    check: (title, body) =>
      cases.push({
        title,
        run: async () => {
          const rng = createRng(seed);
          const model = factory();
          const images = rng.normalTensor([batchSize, ...imageShapeOf(model, options.imageShape)]) as Tensor4D;
          try {
            await body(model, images, rng);
          } finally {
            images.dispose();
            model.dispose();
          }
        },
      }),
    checkAlone: (title, body) => cases.push({ title, run: async () => body() }),
  };
  for (const part of [outputCases, gradientCases, copyCases]) part(suite);
  return cases;
}
