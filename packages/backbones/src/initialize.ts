import type { Rng } from '@hcsc/random';
import { dispose, zerosLike } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** Kaiming normal in fan-out mode, as torchvision's ResNets: N(0, 2 / (out · kh · kw)). The layer has no bias. */
export function initializeConvolution(layer: Layer, rng: Rng): void {
  const [height, width, , outputs] = layer.weights[0]!.shape as [number, number, number, number];
  const kernel = rng.normalTensor(
    [height, width, layer.weights[0]!.shape[2]!, outputs],
    0,
    Math.sqrt(2 / (outputs * height * width)),
  );
  layer.setWeights([kernel]);
  dispose(kernel);
}

/** PyTorch's default for `nn.Linear` and `nn.Conv2d`: weight and bias uniform within ±1/√(inputs of one output). */
export function initializeUniform(layer: Layer, rng: Rng): void {
  const fanIn = layer.weights[0]!.shape.slice(0, -1).reduce<number>((product, size) => product * size!, 1);
  const bound = 1 / Math.sqrt(fanIn);
  const weights = layer.weights.map(({ shape }) => rng.uniformTensor(shape as number[], -bound, bound));
  layer.setWeights(weights);
  dispose(weights);
}

/** Sets the scale of a batch norm to 0, so that its residual block starts as the identity. */
export function initializeZeroScale(layer: Layer): void {
  const [scale, ...others] = layer.getWeights();
  const zeros = zerosLike(scale!);
  layer.setWeights([zeros, ...others]);
  dispose(zeros);
}
