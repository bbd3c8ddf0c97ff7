import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import { tapOutputs } from './tap-outputs.js';

/** A place in a backbone: what enters the first stage, a stage's output, the pooled features, or any layer's output by its name. */
export type Tap = 'stem' | `stage${number}` | 'pooled' | (string & {});

/**
 * Makes a model of several outputs from a backbone, one per tap and in their order, sharing its layers and weights.
 *
 * Dispose one of the two models, not both: the layers are the same.
 *
 * @param taps `'stem'`, `'stage1'` …, `'pooled'`, or names of layers.
 * @throws RangeError if there are no taps, or a tap does not exist in the backbone.
 *
 * @example
 * ```ts
 * const tapped = featureTaps(resnet18({ inputShape: [224, 224, 3] }), ['stage3', 'stage4']);
 * const [third, fourth] = tapped.predict(images); // [N, 14, 14, 256], [N, 7, 7, 512]
 * ```
 */
export function featureTaps(
  backbone: LayersModel,
  taps: readonly Tap[],
  { name = `${backbone.name}.taps` }: { name?: string } = {},
): LayersModel {
  return model({ inputs: backbone.inputs, outputs: tapOutputs(backbone, taps), name });
}
