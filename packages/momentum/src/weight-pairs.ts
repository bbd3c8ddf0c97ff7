import { LayersModel, type LayerVariable } from '@tensorflow/tfjs-layers';

/** A weight of the query model and its counterpart in the key model. */
export interface WeightPair {
  readonly query: LayerVariable;
  readonly key: LayerVariable;
}

/**
 * Pairs the weights of a model with those of its copy, layer by layer, and freezes the copy.
 *
 * Parameters are what layers train, frozen or not; the others (running statistics) are buffers.
 */
export function pairWeights(query: LayersModel, key: LayersModel): { parameters: WeightPair[]; buffers: WeightPair[] } {
  const parameters: WeightPair[] = [];
  const buffers: WeightPair[] = [];
  const byName = new Map(key.layers.map((layer) => [layer.name, layer]));
  for (const layer of query.layers) {
    const copy = byName.get(layer.name)!;
    if (layer instanceof LayersModel) {
      const inner = pairWeights(layer, copy as LayersModel);
      parameters.push(...inner.parameters);
      buffers.push(...inner.buffers);
      continue;
    }
    // A layer lists what it trains first, whether it is frozen or not.
    copy.trainable = true;
    const trained = copy.trainableWeights.length;
    copy.trainable = false;
    const keys = copy.weights;
    layer.weights.forEach((query, i) => {
      (i < trained ? parameters : buffers).push({ query, key: keys[i]! });
    });
  }
  return { parameters, buffers };
}
