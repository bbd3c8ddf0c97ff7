import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, it } from 'vitest';
import { backboneCases } from './backbone-cases.js';
import type { TestBackboneOptions } from './backbone-suite.js';

/**
 * The conformance suite of a backbone, as vitest tests: shapes, images seen one by one in inference, statistics that only
 * training moves, gradients against finite differences, weights that come back, copies, saving and loading, ownership of
 * tensors, refusal of bad input, and the same training when it is compiled.
 *
 * @param factory Makes a model at each call, which the suite disposes: any `LayersModel` with one input
 *   `[N, H, W, C]`, and the features `[N, D]` as its output, or several outputs. Layers of its own must be registered
 *   (`serialization.registerClass`), as for every copy of a model.
 *
 * @example
 * ```ts
 * import { testBackbone } from '@hcsc/testing';
 * import { resnet18 } from '@hcsc/backbones';
 * testBackbone('resnet18', () => resnet18({ inputShape: [32, 32, 3], stem: 'cifar' }), { features: 512 });
 * ```
 */
export function testBackbone(name: string, factory: () => LayersModel, options: TestBackboneOptions = {}): void {
  describe(`${name} is a backbone`, () => {
    for (const { title, run } of backboneCases(factory, options)) it(title, run);
  });
}
