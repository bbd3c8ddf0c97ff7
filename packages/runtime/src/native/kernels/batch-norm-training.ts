import { add, type KernelConfig, mul, rsqrt, type TensorInfo, tensor, tidy, util } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../../vendored.js';
import { TF_FLOAT } from '../dtypes.js';
import { boolAttribute, floatAttribute, stringAttribute, typeAttribute } from '../op-attributes.js';

const attributes = (epsilon: number) => [
  typeAttribute('T', TF_FLOAT),
  typeAttribute('U', TF_FLOAT),
  floatAttribute('epsilon', epsilon),
  stringAttribute('data_format', 'NHWC'),
  boolAttribute('is_training', true),
];

/**
 * Batch normalisation with the batch's own statistics, as one operation.
 *
 * Inputs `x [N, H, W, C]`, `scale [C]`, `offset [C]`, attribute `epsilon`; outputs the normalised `[N, H, W, C]`, the
 * batch's mean `[C]` and its biased variance `[C]`.
 */
export const batchNormTrainingKernel: KernelConfig = {
  kernelName: 'BatchNormTraining',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, scale, offset } = inputs as { x: TensorInfo; scale: TensorInfo; offset: TensorInfo };
    const { epsilon } = attrs as { epsilon: number };
    const tensorflow = backend as TensorFlowBackend;
    return tidy(() => {
      const none = tensor([], [0]);
      const [y, mean, unbiased, , reserved] = tensorflow.executeMultipleOutputs(
        'FusedBatchNormV3',
        [...attributes(epsilon), floatAttribute('exponential_avg_factor', 1)],
        [x, scale, offset, none, none],
        6,
      );
      // What is reserved for the gradient is the biased variance, but on a GPU one over the standard deviation.
      const count = util.sizeFromShape(x.shape.slice(0, -1));
      const variance = tensorflow.isUsingGpuDevice ? mul(unbiased!, (count - 1) / count) : reserved!;
      return [y!, mean!, variance];
    });
  },
};

/**
 * The gradient of `BatchNormTraining`.
 *
 * Inputs `dy`, `x [N, H, W, C]`, `scale`, `mean`, `variance [C]` (biased), attribute `epsilon`; outputs the gradients
 * of x, scale and offset.
 */
export const batchNormTrainingGradKernel: KernelConfig = {
  kernelName: 'BatchNormTrainingGrad',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, x, scale, mean, variance } = inputs as Record<'dy' | 'x' | 'scale' | 'mean' | 'variance', TensorInfo>;
    const { epsilon } = attrs as { epsilon: number };
    const tensorflow = backend as TensorFlowBackend;
    return tidy(() => {
      const spread = tensorflow.isUsingGpuDevice ? rsqrt(add(variance as never, epsilon)) : variance;
      const [dx, dScale, dOffset] = tensorflow.executeMultipleOutputs(
        'FusedBatchNormGradV3',
        attributes(epsilon),
        [dy, x, scale, mean, spread, tensor([], [0])],
        5,
      );
      return [dx!, dScale!, dOffset!];
    });
  },
};
