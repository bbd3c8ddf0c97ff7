import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A place in a backbone: what enters the first stage, a stage's output, the pooled features, or any layer's output by its name. */
export type Tap = 'stem' | `stage${number}` | 'pooled' | (string & {});

function layerName(backbone: LayersModel, tap: Tap): string {
  if (tap === 'pooled') return 'avgpool';
  const names = backbone.layers.map((layer) => layer.name);
  if (tap === 'stem') return names.includes('maxpool') ? 'maxpool' : 'relu';
  const stage = /^stage(\d+)$/.exec(tap)?.[1];
  if (!stage) return tap;
  const blocks = names.filter((name) => new RegExp(`^layer${stage}\\.\\d+\\.relu$`).test(name));
  return `layer${stage}.${blocks.length - 1}.relu`;
}

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
  if (taps.length === 0) throw new RangeError("Cannot tap a backbone nowhere: give taps such as ['stage4', 'pooled']");
  const outputs = taps.map((tap) => {
    const wanted = layerName(backbone, tap);
    const layer = backbone.layers.find((layer) => layer.name === wanted);
    if (!layer) {
      const stages = backbone.layers.filter((layer) => /^layer\d+\.0\.relu$/.test(layer.name)).length;
      throw new RangeError(
        `Cannot tap ${backbone.name} at '${tap}': it has 'stem', 'stage1' to 'stage${stages}', 'pooled' and the names of its layers`,
      );
    }
    return layer.output as SymbolicTensor;
  });
  return model({ inputs: backbone.inputs, outputs, name });
}
