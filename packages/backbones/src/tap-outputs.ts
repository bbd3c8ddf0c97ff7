import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Tap } from './feature-taps.js';

function layerName(backbone: LayersModel, tap: Tap): string {
  if (tap === 'pooled') return 'avgpool';
  const names = backbone.layers.map((layer) => layer.name);
  if (tap === 'stem') return names.includes('maxpool') ? 'maxpool' : 'relu';
  const stage = /^stage(\d+)$/.exec(tap)?.[1];
  if (!stage) return tap;
  const blocks = names.filter((name) => new RegExp(`^layer${stage}\\.\\d+\\.relu$`).test(name));
  return `layer${stage}.${blocks.length - 1}.relu`;
}

/** What a backbone computes at each tap; RangeError if there are no taps, or one does not exist. */
export function tapOutputs(backbone: LayersModel, taps: readonly Tap[]): SymbolicTensor[] {
  if (taps.length === 0) throw new RangeError("Cannot tap a backbone nowhere: give taps such as ['stage4', 'pooled']");
  return taps.map((tap) => {
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
}
