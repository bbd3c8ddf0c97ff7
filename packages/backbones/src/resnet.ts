import { createRng, type Rng } from '@hcsc/random';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BatchNormOptions } from './batch-norm.js';
import { featureTaps, type Tap } from './feature-taps.js';
import { type BuildContext, convolution, normalize, relu, residualBlock, zeroPad } from './residual-block.js';

/** Options that every ResNet has. */
export interface ResNetOptions {
  /** `[height, width, channels]` of an image; `apply` takes images of any height and width, `predict` of these only. */
  inputShape: readonly [number, number, number];
  /** `imagenet`: 7×7 convolution of stride 2 and 3×3 max-pool of stride 2. `cifar`: 3×3 convolution of stride 1, no pool. */
  stem?: Stem;
  /** Stream the weights are drawn from; default `createRng(0)`; null leaves convolutions at 0, to be loaded. */
  rng?: Rng | null;
  /** Start each block as the identity by zeros in its last batch norm (Goyal et al. 2017); default false. */
  zeroInitResidual?: boolean;
  /** Momentum, epsilon and splits of every batch norm. */
  batchNorm?: Omit<BatchNormOptions, 'name'>;
  /** Outputs, in this order, instead of the pooled features alone; see {@link featureTaps}. */
  taps?: readonly Tap[];
  /** Name of the model; default `resnet`. */
  name?: string;
}

/** What the network does before its first stage. */
export type Stem = 'imagenet' | 'cifar';

/** Options of {@link resnet}. */
export interface ResNetArchitecture extends ResNetOptions {
  stem: Stem;
  /** Blocks per stage; each stage after the first halves height and width. */
  blocks: readonly number[];
  /** Width per stage; default 64, 128, 256, … */
  widths?: readonly number[];
  /** Blocks of 1×1, 3×3 and 1×1 convolutions, 4 · width channels out; default false: two 3×3 convolutions. */
  bottleneck?: boolean;
}

function check(blocks: readonly number[], widths: readonly number[], inputShape: readonly number[]): void {
  const positive = (values: readonly number[]) =>
    values.length > 0 && values.every((v) => Number.isInteger(v) && v > 0);
  if (!positive(blocks)) {
    throw new RangeError(`Cannot build a ResNet of [${blocks}] blocks: give at least one stage of at least one block`);
  }
  if (!positive(widths) || widths.length !== blocks.length) {
    throw new RangeError(
      `Cannot build ${blocks.length} stages of widths [${widths}]: give ${blocks.length} positive integers, one per stage`,
    );
  }
  if (!positive(inputShape) || inputShape.length !== 3) {
    throw new RangeError(
      `Cannot build a ResNet for images of shape [${inputShape}]: give [height, width, channels], all positive`,
    );
  }
}

/**
 * Builds a ResNet as a LayersModel: images `[N, H, W, C]` float32 → features `[N, D]`, the mean of the last stage over
 * its pixels (D = last width, times 4 with bottlenecks).
 *
 * Arithmetic and layer names are torchvision's (He et al. 2016, stride in the 3×3 convolution), so that weights map one
 * to one ({@link loadParameters}). Weights are drawn as there: convolutions N(0, 2 / fan-out), batch norms 1 and 0.
 * Run it with `model.apply(images, { training: true })` to use and update batch statistics, `model.predict(images)` to
 * use the running ones. `apply` takes images of other heights and widths too, such as the local crops of multi-crop. The
 * caller disposes the model.
 *
 * @throws RangeError if blocks, widths or the image's shape are no positive integers, or differ in length; if a tap
 *   does not exist.
 *
 * @example
 * ```ts
 * const backbone = resnet({ blocks: [2, 2, 3], widths: [16, 32, 64], stem: 'cifar', inputShape: [28, 28, 1] });
 * const features = backbone.predict(tf.zeros([8, 28, 28, 1])); // [8, 64]
 * ```
 */
export function resnet({
  blocks,
  widths = blocks.map((_, stage) => 64 * 2 ** stage),
  bottleneck = false,
  stem,
  inputShape,
  rng = createRng(0),
  zeroInitResidual = false,
  batchNorm = {},
  taps,
  name = 'resnet',
}: ResNetArchitecture): LayersModel {
  check(blocks, widths, inputShape);
  const context: BuildContext = { rng, batchNorm, zeroInitResidual };
  const images = input({ shape: [...inputShape], name: `${name}.images` });
  let x = stemOf(images, stem, widths[0]!, context);
  blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = residualBlock(x, `layer${stage + 1}.${block}`, widths[stage]!, stride, bottleneck, context);
    }
  });
  const features = layers.globalAveragePooling2d({ name: 'avgpool' } as never).apply(x) as SymbolicTensor;
  const whole = model({ inputs: images, outputs: features, name });
  return taps ? upToTaps(whole, taps) : whole;
}

/** The network that leads to the taps; layers behind them are disposed, since nobody else could. */
function upToTaps(whole: LayersModel, taps: readonly Tap[]): LayersModel {
  try {
    const tapped = featureTaps(whole, taps, { name: whole.name });
    for (const layer of whole.layers) if (!tapped.layers.includes(layer)) layer.dispose();
    return tapped;
  } catch (error) {
    whole.dispose();
    throw error;
  }
}

function stemOf(images: SymbolicTensor, stem: Stem, width: number, context: BuildContext): SymbolicTensor {
  const [kernelSize, stride] = stem === 'imagenet' ? [7, 2] : [3, 1];
  let x = convolution(images, 'conv1', width, kernelSize, stride, context);
  x = relu(normalize(x, 'bn1', context), 'relu');
  if (stem === 'cifar') return x;
  // After a ReLU nothing is below 0: padding by zeros is PyTorch's padding by −∞.
  const pool = layers.maxPooling2d({ name: 'maxpool', poolSize: 3, strides: 2, padding: 'valid' });
  return pool.apply(zeroPad(x, 'maxpool.pad', 1)) as SymbolicTensor;
}
