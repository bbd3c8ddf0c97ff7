import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import type { ProjectionHead } from './projection-head.js';

/**
 * Puts a projection head on a backbone: a model from images to projections that shares the backbone's layers.
 *
 * Training it trains the backbone. Dispose it alone: the backbone's layers go with it.
 *
 * @throws RangeError if the backbone has not exactly one output, or the head refuses it.
 *
 * @example
 * ```ts
 * const backbone = resnet18({ inputShape: [32, 32, 3], stem: 'cifar' });
 * const encoder = withHead(backbone, mlp({ hidden: 512, units: 128 }));
 * const projections = encoder.apply(images, { training: true }); // [N, 128]
 * const features = backbone.predict(images); // [N, 512], of the same weights
 * ```
 */
export function withHead(
  backbone: LayersModel,
  head: ProjectionHead,
  { name = `${backbone.name}.projected` }: { name?: string } = {},
): LayersModel {
  if (backbone.outputs.length !== 1) {
    throw new RangeError(
      `Cannot put one head on the ${backbone.outputs.length} outputs of ${backbone.name}: give a backbone with one output`,
    );
  }
  return model({ inputs: backbone.inputs, outputs: head(backbone.outputs[0]!), name });
}
