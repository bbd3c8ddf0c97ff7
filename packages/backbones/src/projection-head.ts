import { createRng, type Rng } from '@hcsc/random';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type BatchNormOptions, batchNorm } from './batch-norm.js';
import { initializeUniform } from './initialize.js';

/** Adds layers to features `[N, D]` and returns their output `[N, units]`; give it to {@link withHead}. Each call makes new layers. */
export type ProjectionHead = (features: SymbolicTensor) => SymbolicTensor;

/** Options of {@link linear}. */
export interface LinearOptions {
  /** Features that come out. */
  units: number;
  /** Stream the weights are drawn from; default `createRng(0)`. */
  rng?: Rng;
  /** Name of the layer; default `fc`, as in torchvision's ResNets. */
  name?: string;
}

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Units of each hidden layer. */
  hidden: number;
  /** Features that come out. */
  units: number;
  /** Linear layers, hidden ones and the last; default 2. */
  layers?: 2 | 3;
  /** Batch norm (then without bias before it) in front of each ReLU; default false. */
  batchNorm?: boolean | Omit<BatchNormOptions, 'name'>;
  /** Stream the weights are drawn from; default `createRng(0)`. */
  rng?: Rng;
  /** First part of the layers' names; default `fc`: `fc.0`, `fc.2` as in MoCo's checkpoints. */
  name?: string;
}

function dense(x: SymbolicTensor, units: number, name: string, useBias: boolean, rng: Rng): SymbolicTensor {
  if (!Number.isInteger(units) || units < 1) {
    throw new RangeError(`Cannot make a linear layer of ${units} units: give an integer of at least 1`);
  }
  if (x.rank !== 2) {
    throw new RangeError(`Cannot project features of shape [${x.shape}]: needed [N, D], pool them first`);
  }
  const layer = layers.dense({ name, units, useBias, kernelInitializer: 'zeros', biasInitializer: 'zeros' });
  const y = layer.apply(x) as SymbolicTensor;
  initializeUniform(layer, rng);
  return y;
}

/**
 * A linear projection head, x W + b, with PyTorch's initial weights: uniform within ±1/√D.
 *
 * @throws RangeError when applied, if `units` is no positive integer or the features are not `[N, D]`.
 *
 * @example
 * ```ts
 * const encoder = withHead(resnet18({ inputShape: [32, 32, 3], stem: 'cifar' }), linear({ units: 128 }));
 * ```
 */
export function linear({ units, rng = createRng(0), name = 'fc' }: LinearOptions): ProjectionHead {
  return (features) => dense(features, units, name, true, rng);
}

/**
 * A projection head of 2 or 3 linear layers with ReLU between them (SimCLR, MoCo v2).
 *
 * Layers are numbered as in PyTorch's `Sequential`: linear, (batch norm,) ReLU, linear, …
 *
 * @throws RangeError when built or applied, if a size is no positive integer, `layers` is neither 2 nor 3, or the
 *   features are not `[N, D]`.
 *
 * @example
 * ```ts
 * const encoder = withHead(resnet50({ inputShape: [224, 224, 3] }), mlp({ hidden: 2048, units: 128 })); // MoCo v2
 * ```
 */
export function mlp({
  hidden,
  units,
  layers: depth = 2,
  batchNorm: normalized = false,
  rng = createRng(0),
  name = 'fc',
}: MlpOptions): ProjectionHead {
  if (depth !== 2 && depth !== 3) throw new RangeError(`Cannot make a head of ${depth} linear layers: give 2 or 3`);
  return (features) => {
    let x = features;
    let index = 0;
    for (let layer = 1; layer < depth; layer++) {
      x = dense(x, hidden, `${name}.${index++}`, !normalized, rng);
      if (normalized) {
        const options = normalized === true ? {} : normalized;
        x = batchNorm({ ...options, name: `${name}.${index++}` }).apply(x) as SymbolicTensor;
      }
      x = layers.reLU({ name: `${name}.${index++}` }).apply(x) as SymbolicTensor;
    }
    return dense(x, units, `${name}.${index}`, true, rng);
  };
}
