import type { Rng } from '@hcsc/random';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type BatchNormOptions, batchNorm } from './batch-norm.js';
import { initializeConvolution, initializeZeroScale } from './initialize.js';

/** What every layer of a ResNet is built with. */
export interface BuildContext {
  rng: Rng | null;
  batchNorm: Omit<BatchNormOptions, 'name'>;
  zeroInitResidual: boolean;
}

/** Convolution without bias, padded by (kernel − 1) / 2 on every side as PyTorch does; 'same' pads one side more when it strides. */
export function convolution(
  x: SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
  strides: number,
  { rng }: BuildContext,
): SymbolicTensor {
  const explicit = kernelSize > 1 && strides > 1;
  const layer = layers.conv2d({
    ...{ name, filters, kernelSize, strides },
    padding: explicit || kernelSize === 1 ? 'valid' : 'same',
    useBias: false,
    kernelInitializer: 'zeros',
  });
  const y = layer.apply(explicit ? zeroPad(x, `${name}.pad`, (kernelSize - 1) / 2) : x) as SymbolicTensor;
  if (rng) initializeConvolution(layer, rng);
  return y;
}

export const zeroPad = (x: SymbolicTensor, name: string, padding: number): SymbolicTensor =>
  layers.zeroPadding2d({ name, padding: [padding, padding] }).apply(x) as SymbolicTensor;

export const normalize = (x: SymbolicTensor, name: string, context: BuildContext): SymbolicTensor =>
  batchNorm({ ...context.batchNorm, name }).apply(x) as SymbolicTensor;

export const relu = (x: SymbolicTensor, name: string): SymbolicTensor =>
  layers.reLU({ name }).apply(x) as SymbolicTensor;

/**
 * Adds a residual block: two 3×3 convolutions, or 1×1, 3×3 and 1×1 (bottleneck, stride in the 3×3: "v1.5").
 *
 * Layers are named as in torchvision, under `name` (`layer1.0`); the output's layer is `${name}.relu`.
 */
export function residualBlock(
  x: SymbolicTensor,
  name: string,
  width: number,
  stride: number,
  bottleneck: boolean,
  context: BuildContext,
): SymbolicTensor {
  const outputs = bottleneck ? 4 * width : width;
  const steps = bottleneck
    ? [
        { filters: width, kernel: 1, stride: 1 },
        { filters: width, kernel: 3, stride },
        { filters: outputs, kernel: 1, stride: 1 },
      ]
    : [
        { filters: width, kernel: 3, stride },
        { filters: outputs, kernel: 3, stride: 1 },
      ];
  let y = x;
  steps.forEach(({ filters, kernel, stride }, i) => {
    if (i > 0) y = relu(y, `${name}.relu${i}`);
    y = convolution(y, `${name}.conv${i + 1}`, filters, kernel, stride, context);
    y = normalize(y, `${name}.bn${i + 1}`, context);
  });
  if (context.zeroInitResidual) initializeZeroScale(y.sourceLayer);
  let shortcut = x;
  if (stride !== 1 || x.shape[3] !== outputs) {
    shortcut = convolution(x, `${name}.downsample.0`, outputs, 1, stride, context);
    shortcut = normalize(shortcut, `${name}.downsample.1`, context);
  }
  return relu(layers.add({ name: `${name}.add` }).apply([y, shortcut]) as SymbolicTensor, `${name}.relu`);
}
