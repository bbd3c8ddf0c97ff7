import type { serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

interface ModelClass {
  fromConfig(cls: unknown, config: serialization.ConfigDict): LayersModel;
}

/** A model of the same configuration and the same values in variables of its own, as momentum encoders are made. */
export function modelCopy(model: LayersModel): LayersModel {
  const modelClass = model.constructor as unknown as ModelClass;
  const copy = modelClass.fromConfig(modelClass, model.getConfig());
  copy.setWeights(model.getWeights());
  return copy;
}
