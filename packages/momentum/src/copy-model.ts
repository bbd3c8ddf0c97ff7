import type { serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

interface ModelClass {
  fromConfig(
    cls: unknown,
    config: serialization.ConfigDict,
    customObjects?: serialization.ConfigDict,
    fastWeightInit?: boolean,
  ): LayersModel;
}

/** A model of the same layers with variables of its own, which start from zeros. */
export function copyModel(model: LayersModel): LayersModel {
  const modelClass = model.constructor as unknown as ModelClass;
  try {
    // The last argument starts weights from zeros: nothing is drawn.
    return modelClass.fromConfig(modelClass, model.getConfig(), {}, true);
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    throw new TypeError(
      `Cannot copy ${model.name} from its configuration (${reason}): register layers of your own with serialization.registerClass`,
      { cause },
    );
  }
}
