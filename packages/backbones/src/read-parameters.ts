import type { LayersModel } from '@tensorflow/tfjs-layers';
import { namedParameters } from './named-parameters.js';
import { toTorchLayout } from './torch-layout.js';

/** A weight as PyTorch would hold it, row-major. */
export interface ParameterValue {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Downloads a model's weights and running statistics under PyTorch's names and in PyTorch's layout.
 *
 * @example
 * ```ts
 * const state = await readParameters(resnet18({ inputShape: [32, 32, 3] }));
 * state['conv1.weight'].shape; // [64, 3, 7, 7]
 * ```
 */
export async function readParameters(
  model: LayersModel,
): Promise<Record<string, ParameterValue & { data: Float32Array }>> {
  const entries = namedParameters(model).map(async ({ name, variable }) => {
    const weight = toTorchLayout(variable);
    try {
      return [name, { shape: weight.shape, data: (await weight.data()) as Float32Array }] as const;
    } finally {
      weight.dispose();
    }
  });
  return Object.fromEntries(await Promise.all(entries));
}
