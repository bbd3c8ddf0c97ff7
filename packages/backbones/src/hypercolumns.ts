import { concat, serialization, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';
import { resizeBilinear } from './resize-bilinear.js';

/**
 * Maps `[N, hᵢ, wᵢ, cᵢ]` at the size of the last, side by side: `[N, h, w, Σ cᵢ]`, as a layer of TensorFlow.js.
 *
 * Sizes are those of the maps it is called with, so that images of any size go through it.
 */
export class Hypercolumns extends layers.Layer {
  static className = 'HcscHypercolumns';

  constructor(config: ConstructorParameters<typeof layers.Layer>[0] = {}) {
    super(config);
    Hypercolumns.register();
  }

  /** Makes the layer known to `loadLayersModel`. */
  static register(): void {
    serialization.registerClass(Hypercolumns);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shapes = inputShape as Shape[];
    const channels = shapes.reduce((sum, shape) => sum + shape[3]!, 0);
    return [...shapes.at(-1)!.slice(0, 3), channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const maps = inputs as Tensor4D[];
    const [, height, width] = maps.at(-1)!.shape;
    return tidy(() =>
      concat(
        maps.map((map) => resizeBilinear(map, [height, width])),
        3,
      ),
    );
  }
}
